// The chat of the site: one stream of events in, one POST a message out.
//
// Contract: GET /chat/events is a server-sent event stream whose data is JSON {id, reply_to, service, from, text, time,
// choices: [{label, send}], image}; POST /chat/messages {service, text} answers 202 {id}, and the user's own message comes
// back in the stream under that id. All words come from the data-t-* attributes of the widget (templates/_chat.html).
// Text from the network only ever becomes text nodes.

const RECONNECT_FIRST = 1000; // ms; doubles up to
const RECONNECT_LAST = 30000;
const ECHO_PATIENCE = 5000; // ms to wait for one's own message in the stream before the stream is opened anew
const ANSWER_PATIENCE = 20000; // ms to say that the assistant is answering
const QUIET_START = 700; // ms in which the history arrives and is not read out
const GREET_AFTER = 150; // ms after which a conversation without messages is taken for empty

const language = document.documentElement.lang;
// The zone of the account, where it has chosen one; else that of the browser.
const timeZone = document.querySelector("[data-chat]")?.dataset.zone || undefined;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
const calendar = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "long", timeZone });
const date = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeZone }); // 2026-11-22
const DAY = 86400000; // ms

/** A new element with a class and a text, both optional. */
function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** The address as a URL, or null when it is none. */
function parsed(address, base) {
  try {
    return new URL(address, base);
  } catch {
    return null;
  }
}

/** `text` as nodes, with its http and https addresses as links. Links to the site itself stay in this tab. */
function linkified(text, ownOrigins) {
  const nodes = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"«»“”]+/giu)) {
    let address = match[0].replace(/[.,;:!?…'’\]}]+$/u, "");
    while (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
    const url = parsed(address);
    if (!url) continue;
    const link = element("a", "", address);
    link.href = url.href;
    if (!ownOrigins.has(url.origin)) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
    nodes.append(text.slice(done, match.index), link);
    done = match.index + address.length;
  }
  nodes.append(text.slice(done));
  return nodes;
}

/** The chosen part of the widget that carries the attribute. */
const part = (root, name) => root.querySelector(`[data-${name}]`);

/** A choice that means the same whenever it is sent, unlike "2" or "yes". */
const isTimeless = (send) => /^([#/]|https?:)/i.test(send);

class Chat {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.service = root.dataset.service;
    this.rooms = new Map(); // service -> {log, day, atEnd}
    this.shown = new Map(); // id of an event -> its element
    this.heard = new Set(); // ids that the stream has brought
    this.answered = new Set(); // ids that have an answer
    this.queue = []; // messages of the user that wait for their turn to be posted
    this.posting = null; // the one on its way
    this.unsure = new Set(); // posted, but no answer came that tells the id
    this.origins = new Set([location.origin]);
    const site = parsed(root.dataset.site);
    if (site) this.origins.add(site.origin);
    this.empty = part(root, "empty");
    this.tabs = part(root, "tabs");
    this.jump = part(root, "jump");
    this.composer = part(root, "composer");
    this.input = this.composer.querySelector("textarea");
    this.firstLog = part(root, "log");
    this.delay = RECONNECT_FIRST;
  }

  start() {
    this.composer.hidden = false;
    part(this.root, "state").hidden = false;
    this.composer.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("input", () => this.fit());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.root.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-send]");
      if (choice) this.say(choice.dataset.send);
      if (event.target.closest("[data-reload]")) location.reload();
      const tab = event.target.closest("[data-tab]");
      if (tab) this.choose(tab.dataset.tab);
    });
    document.addEventListener("click", (event) => {
      const place = event.target.closest("[data-chat-with]");
      if (place) this.choose(place.dataset.chatWith);
    });
    this.jump.addEventListener("click", () => this.scrollDown());
    addEventListener("online", () => this.reconnectNow());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
    addEventListener("pagehide", () => this.disconnect());
    document.addEventListener("visibilitychange", () => !document.hidden && this.reconnectNow());
    this.choose(this.service);
    this.connect();
  }

  // The stream

  connect() {
    this.disconnect();
    if (this.ended) return;
    this.show("connecting");
    for (const { log } of this.rooms.values()) log.setAttribute("aria-busy", "true");
    const source = new EventSource("/chat/events");
    this.source = source;
    source.addEventListener("open", () => {
      this.delay = RECONNECT_FIRST;
      this.show("online");
      setTimeout(() => this.greet(), GREET_AFTER);
      setTimeout(() => this.settle(), QUIET_START);
    });
    source.addEventListener("ended", () => this.over());
    source.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      this.show("offline");
      this.greet();
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      this.timer = setTimeout(() => this.connect(), this.delay * (0.75 + Math.random() / 2));
      this.delay = Math.min(this.delay * 2, RECONNECT_LAST);
    });
  }

  disconnect() {
    clearTimeout(this.timer);
    this.source?.close();
  }

  /** The session of this page has ended, so the page speaks for somebody who is gone: it has to be loaded anew. */
  over() {
    this.disconnect();
    this.ended = true;
    if (!this.input.value.trim() && !this.posting) {
      location.reload();
      return;
    }
    part(this.root, "over").hidden = false;
    this.composer.hidden = true;
  }

  reconnectNow() {
    if (this.source?.readyState !== EventSource.OPEN) this.connect();
  }

  /** From now on a conversation without messages shows its greeting. */
  greet() {
    this.greets = true;
    this.refresh();
  }

  /** From now on new messages are read out by screen readers. */
  settle() {
    this.settled = true;
    for (const { log } of this.rooms.values()) log.removeAttribute("aria-busy");
  }

  show(state) {
    const line = part(this.root, "state");
    if (line.dataset.now === state) return;
    line.dataset.now = state;
    line.textContent = this.words[{ connecting: "tConnecting", online: "tOnline", offline: "tOffline" }[state]];
  }

  receive(event) {
    const id = String(event.id);
    const mine = event.from === "user";
    this.heard.add(id);
    if (event.reply_to) {
      this.answered.add(String(event.reply_to));
      if (this.answered.has(this.awaited)) this.answering(false);
    }
    if (this.shown.has(id)) {
      this.replace(this.shown.get(id), event);
      return;
    }
    const corrected = event.corrects && this.shown.get(String(event.corrects));
    if (corrected) {
      this.shown.set(id, corrected);
      this.replace(corrected, event);
      return;
    }
    const sent = mine && this.recognise(event);
    if (sent) {
      this.confirm(sent, id);
      return;
    }
    const message = this.build(event);
    this.shown.set(id, message);
    if (event.corrects) this.shown.set(String(event.corrects), message);
    this.add(event.service, message, new Date(event.time), mine);
  }

  /** The message of this page that has come back before, or in spite of, the answer to its POST. */
  recognise({ service, text }) {
    for (const message of this.unsure) {
      if (message.service === service && message.text.trim() === text.trim()) return message;
    }
    return null;
  }

  // Messages

  build({ from, text, time, choices, image }) {
    const mine = from === "user";
    const message = element("article", mine ? "message mine" : "message");
    if (mine) message.append(element("span", "sr-only", `${this.words.tYou}: `));
    const bubble = element("p", "bubble");
    bubble.append(linkified(text, this.origins));
    const picture = image && this.picture(image);
    if (picture) bubble.append(picture);
    message.append(bubble);
    if (choices?.length) {
      const list = element("div", "choices");
      for (const { label, send } of choices) {
        const choice = element("button", "choice", label);
        choice.type = "button";
        choice.dataset.send = send;
        list.append(choice);
      }
      message.append(list);
    }
    message.append(this.stamp(new Date(time)));
    return message;
  }

  picture(address) {
    const url = parsed(address, location.href);
    if (!url || (!this.origins.has(url.origin) && !address.startsWith("data:image/"))) return null;
    const image = element("img");
    image.alt = this.words.tImage;
    image.loading = "lazy";
    image.src = url.href;
    return image;
  }

  stamp(moment) {
    const time = element("time", "", clock.format(moment));
    time.dateTime = moment.toISOString();
    return time;
  }

  /** The same event once more, its text blanked since; or one that comes in its place. */
  replace(message, event) {
    const bubble = message.querySelector(".bubble");
    if (bubble.textContent === event.text) return;
    const picture = bubble.querySelector("img");
    bubble.replaceChildren(linkified(event.text, this.origins));
    if (picture) bubble.append(picture);
  }

  room(service) {
    const room = this.rooms.get(service);
    if (room) return room;
    const log = this.rooms.size ? this.firstLog.cloneNode(false) : this.firstLog;
    if (!this.settled) log.setAttribute("aria-busy", "true");
    if (log !== this.firstLog) this.jump.before(log);
    log.hidden = true;
    const added = { log, day: "", atEnd: true };
    log.addEventListener("scroll", () => {
      added.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 48;
      if (added.atEnd) this.jump.hidden = true;
    }, { passive: true });
    // A reader at the end stays there when the room gets smaller or a picture arrives.
    const stay = () => added.atEnd && log.scrollTo(0, log.scrollHeight);
    new ResizeObserver(stay).observe(log);
    log.addEventListener("load", stay, { capture: true });
    this.rooms.set(service, added);
    return added;
  }

  /** Puts a message at the end of its assistant's conversation; follows it only if the reader is at the end. */
  add(service, message, moment, mine) {
    const room = this.room(service);
    const { log } = room;
    const follow = mine || room.atEnd;
    const day = date.format(moment);
    if (day !== room.day) {
      room.day = day;
      log.append(element("div", "chat-day", this.dayName(moment)));
    }
    for (const old of log.querySelectorAll(".choice[data-send]:not([disabled])")) old.disabled = !isTimeless(old.dataset.send);
    if (this.settled) message.classList.add("fresh");
    log.append(message);
    if (service !== this.service) {
      if (this.settled && !mine) this.markUnread(service);
      return;
    }
    this.refresh();
    if (follow) this.scrollDown();
    else this.jump.hidden = false;
  }

  dayName(moment) {
    const now = Date.now();
    if (date.format(moment) === date.format(now)) return this.words.tToday;
    if (date.format(moment) === date.format(now - DAY)) return this.words.tYesterday;
    return calendar.format(moment);
  }

  // Reading

  scrollDown() {
    const room = this.room(this.service);
    room.log.scrollTop = room.log.scrollHeight;
    room.atEnd = true;
    this.jump.hidden = true;
  }

  choose(service) {
    this.service = service;
    this.room(service);
    this.tab(service);
    for (const tab of this.tabs.children) {
      const chosen = tab.dataset.tab === service;
      tab.setAttribute("aria-pressed", String(chosen));
      if (chosen) tab.querySelectorAll("span").forEach((mark) => mark.remove());
    }
    this.refresh();
    this.scrollDown();
  }

  /** Shows the chosen conversation, or the greeting when it is empty. */
  refresh() {
    for (const [service, { log }] of this.rooms) log.hidden = service !== this.service || !log.childElementCount;
    this.empty.hidden = !this.greets || this.room(this.service).log.childElementCount > 0;
  }

  /** The button that opens an assistant's conversation; a new one for an assistant that is not in the list. */
  tab(service) {
    let tab = [...this.tabs.children].find((each) => each.dataset.tab === service);
    if (tab) return tab;
    tab = element("button", "", service);
    tab.type = "button";
    tab.dataset.tab = service;
    tab.setAttribute("aria-pressed", "false");
    this.tabs.append(tab);
    this.tabs.hidden = false;
    return tab;
  }

  markUnread(service) {
    const tab = this.tab(service);
    if (tab.querySelector(".unread")) return;
    tab.append(element("span", "unread"), element("span", "sr-only", ` (${this.words.tUnread})`));
  }

  answering(yes) {
    clearTimeout(this.answerTimer);
    part(this.root, "typing").textContent = yes ? this.words.tTyping : "";
    if (!yes) this.awaited = undefined;
    else this.answerTimer = setTimeout(() => this.answering(false), ANSWER_PATIENCE);
  }

  // Writing

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
    this.input.setCustomValidity("");
  }

  submit() {
    const text = this.input.value;
    if (!text.trim()) return;
    if ([...text].length > Number(this.words.max)) {
      this.input.setCustomValidity(this.words.tTooLong);
      this.input.reportValidity();
      return;
    }
    this.input.value = "";
    this.fit();
    this.say(text);
    this.input.focus();
  }

  /** Shows the message as on its way and posts it after those before it. */
  say(text) {
    const now = new Date();
    const node = this.build({ from: "user", text, time: now });
    node.append(element("p", "message-state"));
    this.add(this.service, node, now, true);
    this.send({ service: this.service, text, node });
  }

  send(message) {
    message.node.classList.remove("failed");
    message.node.classList.add("pending");
    message.node.querySelector(".choices")?.remove();
    message.node.querySelector(".message-state").textContent = this.words.tSending;
    this.queue.push(message);
    if (!this.posting) this.postAll();
  }

  async postAll() {
    while ((this.posting = this.queue.shift())) await this.post(this.posting);
  }

  async post(message) {
    let response, body;
    this.unsure.add(message);
    try {
      response = await fetch("/chat/messages", {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content,
        },
        body: JSON.stringify({ service: message.service, text: message.text }),
      });
      body = await response.json();
    } catch {
      this.fail(message, response ? this.words.tRefused : this.words.tFailed, false);
      return;
    }
    if (!response.ok) {
      this.unsure.delete(message);
      this.fail(message, body.error?.message || this.words.tRefused, [401, 403].includes(response.status));
      return;
    }
    const id = String(body.id);
    const known = this.shown.get(id);
    if (!known) this.confirm(message, id);
    else if (known !== message.node) message.node.remove(); // the stream brought it as a message of its own
    this.unsure.delete(message);
    if (this.answered.has(id)) return;
    this.awaited = id;
    this.answering(true);
    // A stream that was opened before this browser had its session never brings the answer: open it anew.
    setTimeout(() => this.heard.has(id) || this.connect(), ECHO_PATIENCE);
  }

  confirm(message, id) {
    this.unsure.delete(message);
    this.shown.set(id, message.node);
    message.node.classList.remove("pending", "failed");
    message.node.querySelectorAll(".message-state, .choices").forEach((each) => each.remove());
  }

  fail(message, reason, stale) {
    const { node } = message;
    if (!node.isConnected || !node.classList.contains("pending")) return; // it did arrive
    node.classList.replace("pending", "failed");
    node.querySelector(".message-state").textContent = reason;
    const list = element("div", "choices");
    const offer = (word, action) => {
      const button = element("button", "choice", word);
      button.type = "button";
      button.addEventListener("click", action);
      list.append(button);
    };
    if (stale) offer(this.words.tReload, () => location.reload());
    else offer(this.words.tRetry, () => this.send(message));
    offer(this.words.tEdit, () => {
      node.remove();
      this.refresh();
      this.input.value = this.input.value ? `${message.text}\n${this.input.value}` : message.text;
      this.fit();
      this.input.focus();
    });
    node.append(list);
    if (message.service === this.service) this.scrollDown();
  }
}

for (const root of document.querySelectorAll("[data-chat]")) new Chat(root).start();
