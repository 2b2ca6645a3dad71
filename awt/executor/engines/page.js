// What is done inside of a page. Each function gets an element first; what the test is told goes out
// as an error whose message is `awt:REASON:DETAIL`.
({
  fail(reason, detail) {
    throw new Error(`awt:${reason}:${String(detail ?? "").slice(0, 300)}`);
  },

  find(_, kind, path) {
    const found = [];
    try {
      if (kind === "css") {
        found.push(...document.querySelectorAll(path));
      } else {
        const nodes = document.evaluate(path, document, null, 0, null);
        if (nodes.resultType !== 4) this.fail("bad_xpath", "it names no elements");
        for (let node = nodes.iterateNext(); node; node = nodes.iterateNext()) {
          const element = node.nodeType === 1 ? node : node.ownerElement ?? node.parentElement;
          if (element) found.push(element);
          if (found.length === 1000) break;
        }
      }
    } catch (error) {
      if (error.message.startsWith("awt:")) throw error;
      this.fail(kind === "css" ? "bad_css" : "bad_xpath", error.message);
    }
    return found.find((element) => this.visible(element)) ?? found[0] ?? null;
  },

  visible(element) {
    return element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  },

  name(element) {
    const id = element.id ? `#${element.id}` : "";
    return `${element.localName}${id}`;
  },

  // Where to click, in pixels from the corner of this document; [x, y].
  ready(element) {
    if (!this.visible(element)) this.fail("hidden", this.name(element));
    if (element.matches(":disabled")) this.fail("disabled", this.name(element));
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = element.getClientRects()[0];
    const left = Math.max(box.left, 0);
    const top = Math.max(box.top, 0);
    const x = (left + Math.min(box.right, innerWidth)) / 2;
    const y = (top + Math.min(box.bottom, innerHeight)) / 2;
    let top_most = element.getRootNode().elementFromPoint(x, y);
    if (!top_most) this.fail("hidden", this.name(element));
    const over = top_most;
    while (top_most && top_most !== element) top_most = top_most.parentNode ?? top_most.host;
    const label = over.closest("label");
    if (!top_most && label?.control !== element) this.fail("covered", this.name(over));
    return [x, y];
  },

  holds(element) {
    return element.ownerDocument === document;
  },

  // The corner of what a frame element shows, in pixels from the corner of this document.
  corner(element) {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const inset = (side) => parseFloat(style[`padding${side}`]) || 0;
    return [
      box.left + element.clientLeft + inset("Left"),
      box.top + element.clientTop + inset("Top"),
    ];
  },

  outline(element) {
    const old = element.getAttribute("style");
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    element.style.setProperty("outline", "3px solid #e0245e", "important");
    element.style.setProperty("outline-offset", "2px", "important");
    element.style.setProperty("transition", "none", "important");
    return old;
  },

  restore(element, style) {
    if (style === null) element.removeAttribute("style");
    else element.setAttribute("style", style);
  },

  read(element, attribute) {
    if (attribute) {
      const value = element.getAttribute(attribute);
      if (value === null) this.fail("no_attribute", attribute);
      return value;
    }
    if (element.matches("input, textarea, select")) return element.value;
    return (element.innerText ?? element.textContent ?? "").slice(0, 65536);
  },

  contains(element, text) {
    const body = document.body ?? element;
    const all = body.innerText ?? body.textContent ?? "";
    return all.replace(/\s+/g, " ").includes(text);
  },

  around() {
    return (document.body?.innerText ?? "").slice(0, 1000);
  },

  page() {
    const entry = performance.getEntriesByType("navigation")[0];
    return {
      url: location.href.slice(0, 2048),
      title: document.title.slice(0, 2048),
      status: entry?.responseStatus ?? 0,
      complete: document.readyState === "complete",
      born: performance.timeOrigin,
    };
  },

  // Once what was laid out has been drawn.
  painted() {
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
  },

  changed(element) {
    element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  },

  // A site may have put a setter of its own before the browser's, to hear what scripts set.
  value(element, value) {
    const own = Object.getPrototypeOf(element);
    Object.getOwnPropertyDescriptor(own, "value").set.call(element, value);
  },

  modify(element, attribute, value) {
    if (attribute) {
      element.setAttribute(attribute, value);
    } else if (element.matches("input[type=file]")) {
      this.fail("unsupported", "input type=file");
    } else if (element.matches("input, textarea, select")) {
      this.value(element, value);
      this.changed(element);
    } else {
      element.textContent = value;
    }
  },

  // Clear a field and give it the focus; false when the text was put in by other means than keys.
  clear(element, text) {
    if (!this.visible(element)) this.fail("hidden", this.name(element));
    if (element.matches(":disabled") || element.readOnly) this.fail("disabled", this.name(element));
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    if (element.matches("select")) {
      const wanted = text.trim();
      const option = [...element.options].find((o) => o.text.trim() === wanted || o.value === wanted);
      if (!option) this.fail("no_option", wanted);
      element.focus();
      option.selected = true;
      this.changed(element);
      return false;
    }
    const special = "[type=date],[type=time],[type=month],[type=week],[type=datetime-local],[type=color],[type=range]";
    if (element.matches(`input:is(${special})`)) {
      element.focus();
      this.value(element, text);
      this.changed(element);
      return false;
    }
    const untyped = "[type=checkbox],[type=radio],[type=file],[type=button],[type=submit],[type=image],[type=reset]";
    const field = element.matches(`textarea, input:not(${untyped})`);
    if (!field && !element.isContentEditable) this.fail("not_editable", this.name(element));
    element.focus();
    if (field) {
      element.select();
    } else {
      getSelection().selectAllChildren(element);
    }
    if (field ? element.value : element.textContent) document.execCommand("delete");
    if (field && element.value) {
      this.value(element, "");
      this.changed(element);
    }
    return text !== "";
  },
})
