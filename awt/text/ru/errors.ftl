### Что пошло не так. `error-КОД` говорит, почему отказано, `error-field-КОД` — что не так с полем.

error-refused = Сейчас это невозможно.
error-bad-request = Что-то в этом запросе не так.
error-unauthenticated = Сначала, пожалуйста, войдите.
error-forbidden = Здесь этого делать нельзя.
error-not-enough-points = Это стоит { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}, а у вас { $balance }.
error-too-large = Это слишком велико.
error-too-many = Слишком часто. Попробовать снова можно через { $left }.
error-form-expired = Эта форма ждала слишком долго. Откройте, пожалуйста, страницу снова и отправьте ещё раз.
error-internal = У нас что-то сломалось, мы разберёмся. Попробуйте, пожалуйста, позже.
error-not-confirmed = Ничего не изменилось: сначала поставьте отметку, чтобы мы знали, что вы уверены.
error-unknown-page = Такой страницы нет.
error-wrong-verb = Этот адрес не принимает таких запросов.
error-unknown-user = Аккаунта { $user } нет.
error-ambiguous-user = { $user } — это может быть не один аккаунт. Укажите его номер.
error-user-not-active = Аккаунт { $user } не активен.
error-not-blocked = Аккаунт { $user } не заблокирован.
error-own-account = Со своим аккаунтом так поступить нельзя.
error-no-readers = Эти новости никто бы не получил.
error-news-over = Эти новости уже не рассылаются.
error-base-fixed = Сервис base есть всегда, он бесплатный и включён.
error-below-zero = Баланс стал бы меньше нуля, сейчас на нём { $balance ->
    [one] { $balance } балл
    [few] { $balance } балла
   *[many] { $balance } баллов
}.
error-link-not-active = Эта ссылка уже не действует: её использовали, заменили новой или её срок вышел. Попросите у ассистента новую.
error-unavailable = У нас что-то временно не работает. Попробуйте, пожалуйста, через минуту.

error-unknown-key = Такого ключа нет.
error-unknown-letter = Такого сообщения среди недоставленных нет.
error-unknown-method = Метода { $method } нет.
error-unknown-news = Таких новостей нет.
error-unknown-service = Сервиса { $service } нет. #services покажет все.
error-unknown-node = Узла { $node } нет.
error-host-not-listed = { $url } не относится ни к одному из узлов remote.hosts в настройках.
error-no-secret = У сервиса { $service } ещё нет секрета: awt admin service secret { $service }
error-remote-busy = Сервис { $service } ещё работает над тем, что вы написали раньше. Пожалуйста, дождитесь ответа.
error-remote-failed = Сервис { $service } сейчас не отвечает. Пожалуйста, попробуйте позже.
error-unknown-session = Такого сеанса нет, возможно, он уже завершён.
error-unknown-task = Такой проверки нет.
error-unknown-test = Такого теста нет. Ваши тесты покажет #tests.
error-unknown-group = Такой группы тестов нет.
error-task-over = Этот запуск уже закончился.
error-no-node = Тесты типа { $type } сейчас выполнять некому. Есть: { $types }.
error-node-replaced = Узлом { $node } теперь работает другой процесс. Каждому узлу нужен свой токен.
error-too-many-tests = Тестов может быть не больше { $most ->
    [one] { $most }
   *[other] { $most }
}. Удалите ненужные; удалённые до очистки считаются отдельно.
error-too-many-groups = Групп может быть не больше { $most ->
    [one] { $most }
   *[other] { $most }
}.

error-account-closed = Этот аккаунт закрыт. Если вы думаете, что это ошибка, обратитесь сюда: { $support }
error-address-taken = У адреса { $address } уже есть аккаунт. Чтобы войти, отправьте с него ассистенту #loginlink.
error-login-taken = Этот логин уже занят. Выберите, пожалуйста, другой.
error-node-taken = Узел { $node } или узел с этим пользователем брокера уже есть.
error-not-activated = Ваш аккаунт ещё не активирован. Мы снова отправили вам ссылку, загляните в чат.
error-wrong-login = Неверный логин или пароль. Ассистент может прислать ссылку для входа: напишите ему #loginlink.

error-base-service = Главного ассистента удалить нельзя, на нём держится ваш аккаунт. Чтобы закрыть аккаунт, отправьте #delaccount.
error-no-service = Сервиса { $service } у вас нет. #add { $service } добавит его.
error-paid-on-site = Сервис { $service } стоит { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}, купить его можно только на сайте. У вас { $balance }.
error-service-added = Сервис { $service } у вас уже есть.

error-address-stopped = С адреса { $address } просили больше не писать, поэтому отправить ничего нельзя.
error-has-account = У { $address } есть или был аккаунт здесь, пригласить нельзя.
error-im-added = { $address } уже ваш.
error-invite-over = Приглашение для { $address } уже не действует: принято, отклонено, отозвано или вышел срок.
error-invited-lately = Вы уже приглашали { $address }. Снова можно будет через { $left }.
error-last-im = Это единственный адрес, с которого вы можете войти. Сначала задайте логин и пароль на сайте или добавьте другой адрес.
error-needs-im = Чтобы приглашать других, добавьте адрес кроме чата на сайте: отправьте #im add и свой адрес.
error-own-address = { $address } — ваш собственный адрес.
error-unknown-im = В вашем аккаунте нет адреса { $address }.
error-unknown-invite = Такого приглашения нет.
error-wrong-code = Код неверен, или его срок вышел. За новым отправьте #im add и адрес ещё раз.

error-idempotency-mismatch = С этим Idempotency-Key уже был другой запрос.
error-letter-broken = Это сообщение не читается, поэтому отправить его снова нельзя.
error-too-many-keys = Можно иметь не больше { $most ->
    [one] { $most } ключа
   *[many] { $most } ключей
}. Отзовите тот, которым не пользуетесь.

## Поля

error-field-address = Это не похоже на адрес.
error-field-assistant = Это адрес одного из наших ассистентов.
error-field-characters = Здесь есть недопустимые знаки.
error-field-count = Записей слишком мало или слишком много.
error-field-json = Это неправильный JSON.
error-field-again = Пароли не совпадают.
error-field-long = Это слишком длинно: не больше { $most ->
    [one] { $most } знака
   *[many] { $most } знаков
}.
error-field-short-name = Краткое имя начинается со строчной латинской буквы, дальше идут буквы, цифры и дефисы.
error-field-lang = На этом языке я не говорю. Русский — ru, английский — en.
error-field-empty = Здесь пусто.
error-field-login = В логине от 3 до 32 знаков: строчные латинские буквы, цифры, точка, дефис, подчёркивание.
error-field-many = Слишком много сразу.
error-field-missing = Это надо указать.
error-field-mixed-scripts = В этом имени смешаны буквы разных алфавитов, оно может выдавать себя за другое. Наберите его заново.
error-field-no-such-im = В этой сети здесь нет ассистентов.
error-field-number = Здесь нужно целое число.
error-field-object = Здесь нужен объект JSON.
error-field-password-long = Слишком длинный пароль: не больше 72 байт, русская буква занимает два.
error-field-password-short = Слишком короткий пароль: нужно не меньше 8 знаков.
error-field-picture = Это не снимок JPEG до 2 МиБ и до 10000 точек по стороне.
error-field-range = Нужно число от { NUMBER($least, useGrouping: 0) } до { NUMBER($most, useGrouping: 0) }.
error-field-taken = Это уже занято.
error-field-text-too-long = Искомый текст слишком длинный.
error-field-timezone = Такого часового пояса нет. Пример: Europe/Moscow.
error-field-type = Это значение другого типа.
error-field-unknown = Такого поля нет.
error-field-url = Здесь нужен адрес вида https://example.com/path.
error-field-url-characters = В адресе есть пробелы или другие лишние знаки.
error-field-url-empty = Нет адреса.
error-field-url-host = В адресе нет правильного имени сайта. Оно выглядит так: example.com
error-field-url-port = В адресе неправильный порт.
error-field-url-scheme = Проверить можно только адрес с http:// или https://.
error-field-url-too-long = Адрес слишком длинный.
error-field-url-userinfo = Адрес с именем и паролем внутри проверить нельзя.
error-field-value = Такое значение здесь не подходит.
error-field-wrong = Это неверно.
## Шаги теста

problem-at = Строка { NUMBER($line, useGrouping: 0) }, столбец { NUMBER($column, useGrouping: 0) }: { $problem }
error-field-both = Укажите только что-то одно.
error-field-task-type = Такого типа нет. Есть: { $types }.
error-field-step-css = Здесь нужен селектор CSS, в котором закрыты скобки и кавычки.
error-field-step-extra = Здесь больше ничего не нужно. Текст с кавычками и селектор с пробелами пишут в двойных кавычках.
error-field-step-long = Это слишком длинно: не больше 4096 байт, русская буква занимает два.
error-field-step-many = Слишком много шагов: не больше { NUMBER($most, useGrouping: 0) }.
error-field-step-name = Здесь нужно имя переменной: латинские буквы, цифры и подчёркивания, первой не цифра.
error-field-step-no-region = В регион «{ $near }» отсюда не попасть. Есть: { $regions }.
error-field-step-none = Шагов нет.
error-field-step-proxy = Здесь нужно ХОСТ:ПОРТ или ничего.
error-field-step-quote = Здесь нужны закрывающая двойная кавычка и конец поля.
error-field-step-region = Здесь нужен регион: us, fr, cn, ru, default или custom.
error-field-step-regexp = Здесь нужно регулярное выражение.
error-field-step-text = Здесь нужен текст.
error-field-step-unknown = Действия «{ $near }» нет. Есть: { $types }.
error-field-step-xpath = Здесь нужен XPath или css: с селектором CSS.
