### Тексты сайта. Ключи начинаются с «site-».

## Рамка каждой страницы

site-name = awt
site-tagline = Проверка сайтов прямо из чата
site-description = Проверяйте свои сайты и следите за ними, переписываясь с ассистентом в чате.
site-page-title = { $title } · awt
site-skip = Перейти к содержанию
site-home-link = awt, на главную страницу
site-nav-label = Основное меню
site-nav-dashboard = Обзор
site-nav-services = Сервисы
site-nav-tests = Тесты
site-nav-settings = Настройки
site-nav-faq = Вопросы
site-nav-login = Войти
site-nav-register = Регистрация
site-nav-logout = Выйти
site-nav-balance = Баланс: { $points ->
    [one] { $points } балл
    [few] { $points } балла
    [many] { $points } баллов
   *[other] { $points } балла
}
site-language = Язык
site-language-switch = Сменить язык
site-footer-label = Об этом сайте
site-footer-terms = Условия
site-footer-faq = Вопросы и ответы
site-footer-api = Для программ
site-footer-note = Эти страницы ничего не загружают с чужих серверов.

## Слова, общие для многих страниц

site-points = { $count ->
    [one] { $count } балл
    [few] { $count } балла
    [many] { $count } баллов
   *[other] { $count } балла
}
site-free = Бесплатно
site-number = { $value }
site-optional = (необязательно)
site-back-home = На главную страницу
site-form-error = Проверьте, пожалуйста, форму.
site-field-login = Логин
site-field-login-hint = От 3 до 32 знаков: строчные латинские буквы, цифры, точка, дефис, подчёркивание.
site-field-password = Пароль
site-field-password-hint = Не короче { $min } знаков. Хороший пароль — несколько обычных слов.
site-field-new-password = Новый пароль
site-field-old-password = Текущий пароль
site-field-again = Новый пароль ещё раз

site-im-webchat = Чат на этом сайте
site-im-jabber = Jabber (XMPP)
site-im-skype = Skype
site-im-skype-note = Не в сети Microsoft, закрытой в 2025 году: на совместимом сервере, на который настроена ваша программа.
site-im-telegram = Telegram
site-im-matrix = Matrix

site-account-new = Не активирован
site-account-active = Активен
site-account-blocked = Заблокирован
site-account-closed = Удалён

site-service-none = Не добавлен
site-service-nw = Ждёт вас
site-service-ac = Работает
site-service-rj = Вы отказались
site-service-dl = Удалён

site-task-initial = В очереди
site-task-starting = Запускается
site-task-running = Идёт
site-task-succeeded = Успешно
site-task-failed = Неудача
site-task-cancelled = Отменена
site-more = Более ранние
site-way-site = на сайте
site-way-key = программой с ключом
site-way-command = командой awt

## Чат

site-chat-title = Чат с ассистентом
site-chat-base = Ассистент
site-chat-tabs = Какому ассистенту писать
site-chat-log = Сообщения
site-chat-input = Ваше сообщение
site-chat-placeholder = Напишите сообщение
site-chat-send = Отправить
site-chat-keys = Enter — отправить, Shift + Enter — новая строка
site-chat-empty-guest-title = Напишите что угодно
site-chat-empty-guest = С первого сообщения начинается регистрация: в ответ придёт ссылка, которая активирует ваш аккаунт.
site-chat-empty-user-title = Здесь пока нет сообщений
site-chat-empty-user = Пришлите адрес страницы, чтобы проверить её, или #help, чтобы узнать обо всём остальном.
site-chat-starter-hello = Привет!
site-chat-noscript = Для живого чата нужен JavaScript. Всё остальное на сайте работает и без него.
site-chat-you = Вы
site-chat-today = Сегодня
site-chat-yesterday = Вчера
site-chat-connecting = Соединяемся…
site-chat-online = На связи
site-chat-offline = Нет связи, пробуем ещё раз…
site-chat-typing = Ассистент отвечает…
site-chat-sending = Отправляется…
site-chat-failed = Не отправлено: нет связи с сайтом.
site-chat-failed-server = Не отправлено: сайт не принял сообщение.
site-chat-retry = Отправить ещё раз
site-chat-edit = Изменить
site-chat-reload = Обновить страницу
site-chat-ended = В этом браузере вышли из аккаунта или вошли в него. Обновите страницу, чтобы продолжить.
site-chat-new-messages = Новые сообщения
site-chat-unread = есть новые сообщения
site-chat-image = Картинка от ассистента
site-chat-too-long = Слишком длинно: не больше { $max } знаков.

## Главная страница

site-home-heading = Работает ли ваш сайт? Спросите в чате.
site-home-lead = Пришлите ассистенту адрес. Он откроет страницу, поищет на ней нужный текст и ответит, что нашёл и сколько времени это заняло.
site-home-no-app = Ничего не надо устанавливать, для начала не нужен и пароль.
site-home-how = Как это работает
site-home-step1-title = Напишите что угодно
site-home-step1 = Поздоровайтесь в чате на этой странице. Просто добавить ассистента в контакты мало: он отвечает тем, кто написал.
site-home-step2-title = Откройте ссылку
site-home-step2 = Ассистент пришлёт ссылку, которая активирует ваш аккаунт. Она действует { $hours ->
    [one] { $hours } час
    [few] { $hours } часа
    [many] { $hours } часов
   *[other] { $hours } часа
}.
site-home-step3-title = Пришлите адрес сайта
site-home-step3 = Достаточно одного адреса. Добавьте текст в кавычках — и проверка пройдёт, только если он есть на странице.
site-home-bonus = Новый аккаунт получает в подарок { $points ->
    [one] { $points } балл
    [few] { $points } балла
    [many] { $points } баллов
   *[other] { $points } балла
}. Одна проверка страницы стоит всего несколько.
site-home-sample = Как выглядит ответ
site-home-sample-ask = #check shop.example "Корзина"
site-home-sample-verdict = Работает
site-home-sample-page = Всё для сада: семена и инструменты
site-home-sample-status = Ответ
site-home-sample-time = Время
site-home-sample-time-value = 0,42 с
site-home-sample-text = Текст «Корзина»
site-home-sample-text-value = найден
site-home-assistants = Ассистенты
site-home-assistants-lead = У каждого своя работа, а ваш аккаунт у них общий.
site-home-address-here = здесь, в чате на этой странице
site-home-qr = Код с адресом { $address }, его можно считать телефоном

## Регистрация

site-register-title = Регистрация
site-register-heading = Регистрация
site-register-lead = Проще всего написать что угодно в чате на главной странице. Эта форма — для тех, кому сразу нужны логин и пароль.
site-register-invited = Вы пришли по приглашению. Оно будет засчитано, когда вы активируете аккаунт.
site-register-login-password-hint = Логин и пароль можно не указывать: задайте их позже или вовсе обойдитесь без них. Ассистент всегда пришлёт ссылку для входа.
site-register-jabber = Адрес в Jabber
site-register-jabber-hint = Например, anna@jabber.example. Ассистент напишет вам туда.
site-register-skype = Имя в Skype
site-register-skype-hint = Например, live:anna. Ассистент напишет вам туда.
site-register-no-im = Если такого адреса нет, используется чат на этом сайте.
site-register-webchat = Ссылка для активации придёт в чат на этом сайте — он будет на следующей странице.
site-register-warning-title = Активируйте аккаунт за { $hours ->
    [one] { $hours } час
    [few] { $hours } часа
    [many] { $hours } часов
   *[other] { $hours } часа
}
site-register-warning = Аккаунт, не активированный в срок, удаляется. После этого можно зарегистрироваться снова.
site-register-submit = Зарегистрироваться
site-register-terms = Регистрируясь, вы принимаете условия.
site-register-terms-link = Прочитать условия
site-register-have-account = Уже есть аккаунт?

site-registered-title = Остался один шаг
site-registered-heading = Остался один шаг: откройте ссылку для активации
site-registered-in-chat = Ссылка — в чате на этой странице. Откройте её здесь же, в этом браузере, чтобы логин и пароль сохранились.
site-registered-in-im = Ссылка отправлена на { $address }. Откройте её в этом браузере, чтобы логин и пароль сохранились.
site-registered-left = На активацию осталось: { $left }. Потом аккаунт будет удалён.
site-registered-nothing = Прошла минута, а ссылки нет? Напишите ассистенту что угодно — он пришлёт новую.

## Вход

site-login-title = Вход
site-login-heading = Вход
site-login-name = Логин или ваш адрес в чате
site-login-submit = Войти
site-login-no-password-title = Нет пароля или забыли его?
site-login-no-password = Пришлите ассистенту одну из команд — в любом чате, где он вас знает:
site-login-cmd-loginlink = пришлёт ссылку для входа
site-login-cmd-forgot = пришлёт ссылку, чтобы задать новый пароль
site-login-new-here = Вы здесь впервые?
site-login-register = Зарегистрироваться

## Ссылки из чата

site-link-activate-title = Активация аккаунта
site-link-activate-text = Аккаунт будет активирован, и вы войдёте в него здесь.
site-link-activate-submit = Активировать и войти
site-link-login-title = Вход
site-link-login-text = Вы войдёте здесь в этот аккаунт.
site-link-login-submit = Войти
site-link-password-title = Новый пароль
site-link-password-text = Вы сможете задать новый пароль. Остальные ваши сеансы завершатся.
site-link-password-submit = Продолжить
site-link-email-title = Подтверждение адреса почты
site-link-email-text = Будет подтверждён адрес электронной почты аккаунта.
site-link-email-submit = Подтвердить
site-link-delete-title = Удаление аккаунта
site-link-delete-text = Аккаунт будет удалён. Сами вы вернуть его не сможете.
site-link-delete-submit = Удалить аккаунт
site-link-account = Аккаунт
site-link-left = Ссылка сработает один раз. Она действует ещё { $left }.
site-link-left-activate = Осталось: { $left }. Аккаунт, не активированный в срок, удаляется.
site-link-not-you = Это не ваш аккаунт? Просто закройте страницу: ничего не произойдёт.

site-link-gone-title = Ссылка не действует
site-link-gone-text = Её уже использовали, её заменила более новая или её срок истёк. Ничего не изменилось.
site-link-gone-next = Что делать дальше
site-link-gone-activate = Чтобы активировать аккаунт, напишите ассистенту что угодно: он пришлёт новую ссылку. Если аккаунт тем временем удалён, то же сообщение зарегистрирует вас снова.
site-link-gone-login = Чтобы войти, пришлите ассистенту #loginlink.
site-link-gone-password = Чтобы задать новый пароль, пришлите ассистенту #forgot.
site-link-gone-signed-in = Вы вошли как { $account }.
site-link-gone-to-dashboard = К обзору
site-link-gone-to-chat = Открыть чат
site-link-gone-to-login = Войти по паролю

site-new-password-title = Новый пароль
site-new-password-heading = Задайте новый пароль
site-new-password-text = Для аккаунта { $account }. Остальные ваши сеансы завершены.
site-new-password-submit = Сохранить пароль

## Обзор

site-dashboard-title = Обзор
site-dashboard-hello = Здравствуйте, { $name }
site-dashboard-status = Аккаунт
site-dashboard-balance = Баланс
site-dashboard-balance-unit = { $count ->
    [one] балл
    [few] балла
    [many] баллов
   *[other] балла
}
site-dashboard-balance-low = Не хватает на запуск проверки. Запуск стоит { $price ->
    [one] { $price } балл
    [few] { $price } балла
    [many] { $price } баллов
   *[other] { $price } балла
}.
site-dashboard-services-count = Работает сервисов
site-dashboard-services-of = из { $total }
site-dashboard-last = Последняя проверка
site-dashboard-last-none = Ещё не было
site-dashboard-new-title = Ваш аккаунт ещё не активирован
site-dashboard-new-text = Откройте ссылку в чате. Осталось: { $left }. Потом аккаунт будет удалён.
site-dashboard-new-text-no-time = Откройте ссылку в чате. Неактивированный аккаунт удаляется.
site-dashboard-credentials-title = Задайте логин и пароль
site-dashboard-credentials-text = С ними можно входить и без чата. Но они не обязательны: #loginlink всегда пришлёт ссылку для входа.
site-dashboard-credentials-dropped = Ссылка была открыта не в том браузере, где вы регистрировались, поэтому указанные там логин и пароль не сохранены. Задайте их здесь.
site-dashboard-credentials-button = Задать логин и пароль
site-dashboard-services = Сервисы
site-dashboard-services-all = Все сервисы
site-dashboard-services-none = У вас пока нет сервисов.
site-dashboard-tasks = Последние проверки
site-dashboard-tasks-none-title = Проверок ещё не было
site-dashboard-tasks-none = Пришлите в чат адрес страницы, например:
site-dashboard-task-time = { $seconds } с
site-dashboard-invite = Пригласите других
site-dashboard-invite-text = Тот, кто зарегистрируется по вашей ссылке, принесёт баллы и вам, и себе:

## Сервисы

site-services-title = Сервисы
site-services-heading = Сервисы
site-services-lead = Для каждой работы — свой ассистент. Бесплатные добавляются сразу, платный покупается один раз.
site-services-balance = Ваш баланс: { $points ->
    [one] { $points } балл
    [few] { $points } балла
    [many] { $points } баллов
   *[other] { $points } балла
}
site-services-add = Добавить
site-services-add-again = Добавить снова
site-services-buy = Купить за { $price ->
    [one] { $price } балл
    [few] { $price } балла
    [many] { $price } баллов
   *[other] { $price } балла
}
site-services-buy-confirm = С вашего баланса ({ $points }) спишется { $price ->
    [one] { $price } балл
    [few] { $price } балла
    [many] { $price } баллов
   *[other] { $price } балла
}. Останется { $rest }.
site-services-buy-again-note = Вы удаляли этот сервис, поэтому его цена берётся снова.
site-services-buy-submit = Купить «{ $title }»
site-services-not-enough = Стоит { $price ->
    [one] { $price } балл
    [few] { $price } балла
    [many] { $price } баллов
   *[other] { $price } балла
}, а у вас { $points }.
site-services-resend = Запросить авторизацию ещё раз
site-services-resend-note = Повторный запрос авторизации бесплатен.
site-services-delete = Удалить
site-services-delete-free = Ассистент «{ $title }» больше не будет вам писать. Добавить его снова можно в любое время.
site-services-delete-paid = Ассистент «{ $title }» больше не будет вам писать. Чтобы вернуть его, придётся заплатить снова.
site-services-delete-submit = Удалить «{ $title }»
site-services-base-note = Это главный ассистент. Он есть у каждого аккаунта.
site-services-base-delete = Чтобы уйти, удалите аккаунт
site-services-price-label = Цена
site-services-state-nw = Ассистент ждёт, пока вы его примете или напишете ему.
site-services-state-rj = Вы отказались от этого ассистента, и он вам не пишет. Запросите авторизацию снова или напишите ему.
site-services-empty = Сейчас никаких сервисов не предлагается.

## Настройки

site-settings-title = Настройки
site-settings-heading = Настройки
site-settings-sections = Разделы
site-settings-login-heading = Логин
site-settings-login-text = Имя для входа. Адреса ваших чатов тоже подходят.
site-settings-login-none = Логина у вас пока нет.
site-settings-login-submit = Сохранить логин
site-settings-password-heading = Пароль
site-settings-password-text = При смене пароля остальные ваши сеансы завершаются.
site-settings-password-none = Пароля у вас пока нет. Можно входить по #loginlink или задать пароль здесь.
site-settings-password-forgot = Забыли текущий? Пришлите ассистенту #forgot.
site-settings-password-submit = Сменить пароль
site-settings-password-set = Задать пароль
site-settings-preferences-heading = Язык и время
site-settings-preferences-text = Действуют на сайте и во всех чатах.
site-settings-lang = Язык
site-settings-timezone = Часовой пояс
site-settings-timezone-hint = Начните вводить город латиницей, например Europe/Moscow.
site-settings-preferences-submit = Сохранить
site-settings-sessions-heading = Где вы вошли
site-settings-sessions-text = Незнакомый сеанс завершите, а потом смените пароль.
site-settings-session-current = Этот сеанс
site-settings-session-network = Сеть
site-settings-session-seen = Последний раз
site-settings-session-unknown-browser = Неизвестный браузер
site-settings-session-end = Завершить
site-settings-session-end-label = Завершить сеанс: { $browser }, { $network }
site-settings-sessions-end-others = Завершить все остальные сеансы
site-settings-sessions-only = Это ваш единственный сеанс.
site-settings-keys-heading = Ключи для программ
site-settings-keys-text = Программа с ключом действует от имени вашего аккаунта. Ненужный ключ отзовите.
site-settings-keys-none = Ключей у вас нет.
site-settings-key-new = Новый ключ. Сохраните его сейчас: больше он показан не будет.
site-settings-key-read-only = Только просмотр
site-settings-key-made = создан { $time }
site-settings-key-seen = использован { $time }
site-settings-key-unused = ещё не использован
site-settings-key-revoke = Отозвать
site-settings-key-revoke-label = Отозвать ключ { $name }
site-settings-key-make = Создать ключ
site-settings-key-name = Для чего он
site-settings-key-name-hint = Имя, по которому вы его узнаете.
site-settings-key-only-read = Может всё смотреть и ничего не менять
site-notice-key-revoked = Ключ отозван.
site-settings-delete-heading = Удаление аккаунта
site-settings-delete-text = Что произойдёт сразу:
site-settings-delete-1 = Вы выйдете на всех устройствах; логин, пароль и ссылки перестанут действовать.
site-settings-delete-2 = Все расписания остановятся, ожидающие проверки отменятся, тесты будут помечены удалёнными.
site-settings-delete-3 = Купленные баллы возвращаются в пределах срока возврата, подаренные пропадают.
site-settings-delete-4 = Ассистенты удалят вас и больше не напишут.
site-settings-delete-5 = Ваши данные сотрутся через { $days ->
    [one] { $days } день
    [few] { $days } дня
    [many] { $days } дней
   *[other] { $days } дня
}. Только потом ваши адреса можно будет зарегистрировать снова.
site-settings-delete-open = Я хочу удалить свой аккаунт
site-settings-delete-confirm = Всё прочитано, удалите аккаунт { $account }
site-settings-delete-submit = Удалить аккаунт навсегда

## Тесты

site-tests-title = Тесты
site-tests-heading = Тесты
site-tests-new = Новый тест
site-tests-steps = { $count ->
    [one] { $count } шаг
    [few] { $count } шага
   *[many] { $count } шагов
}
site-tests-number = номер { $number }
site-tests-run = Запустить
site-tests-run-label = Запустить { $name }
site-tests-delete = Удалить
site-tests-restore = Вернуть
site-tests-none = Тестов пока нет
site-tests-none-text = Тест — это шаги в браузере: открыть страницу, ввести текст, нажать кнопку. Его можно написать здесь или в чате.
site-tests-groups = Группы
site-tests-group-new = Собрать группу
site-tests-group-members = Тесты группы
site-tests-group-save = Сохранить группу
site-tests-group-empty = В ней нет тестов.
site-tests-name = Имя
site-tests-type = Тип узла
site-tests-import = Импорт
site-tests-import-open = Вставить экспортированные тесты
site-tests-import-submit = Импортировать
site-tests-json = JSON
site-tests-json-hint = Один экспортированный тест или список таких.
site-tests-deleted = Удалённые
site-tests-deleted-text = Их можно вернуть, пока не прошло { $days ->
    [one] { $days } дня
    [few] { $days } дней
   *[many] { $days } дней
} после удаления.
site-test-new = Новый тест
site-test-steps = Шаги
site-test-hint = По шагу в строке. Сюда можно вставить и JSON экспортированного теста.
site-test-good = Шаги можно выполнить.
site-test-place = Строка %1, столбец %2:
site-test-debug = Не останавливаться на ошибке
site-test-save = Сохранить
site-test-save-run = Сохранить и запустить
site-test-runs = Последние запуски
site-test-words = Действия
site-test-words-text = Место — это XPath или css: с селектором CSS. Переменная стоит в фигурных скобках. Текст с кавычками или пробелами по краям пишут в двойных кавычках.
site-test-regions = После proxy стоит место: { $regions }. default — как обычно; custom принимает ваш ХОСТ:ПОРТ.
site-test-price = Запуск стоит { $start ->
    [one] { $start } балл
    [few] { $start } балла
   *[many] { $start } баллов
} и ещё балл за каждый шаг, у которого есть итог.
site-test-more = Ещё
site-test-export = Экспорт
site-test-copy = Копировать
site-task-number = Запуск { $number }
site-task-edit = Шаги теста
site-task-debug = не останавливается на ошибке
site-task-failing = Не прошло подряд: { $count }, начиная с { $since }.
site-task-cancel = Прервать
site-task-again = Запустить снова
site-task-compare = Сравнить с последним успешным
site-task-alone = Без сравнения
site-task-compared = Рядом последний успешный запуск:
site-task-share = Поделиться на неделю
site-task-shared = До { $until } этот запуск видит каждый, у кого есть ссылка:
site-task-film = Снимки экрана
site-task-step = Снимок шага
site-task-evidence = Что сказала страница
site-task-console = Консоль
site-task-requests = Неудачные запросы
site-task-around = Текст страницы
site-task-now = Этот запуск
site-task-green = Последний успешный
site-task-ms = { NUMBER($ms, useGrouping: 0) } мс
site-task-skipped = Пропущен
site-notice-test-saved = Тест сохранён.
site-notice-test-copy = Это копия.
site-notice-test-delete = Тест удалён, ниже его можно вернуть.
site-notice-test-restore = Тест вернулся.
site-notice-test-import = Тесты импортированы.
site-notice-group-saved = Группа сохранена.
site-notice-group-run = Тесты группы запущены.
site-notice-group-delete = Группа удалена.

## Вопросы и ответы

site-faq-title = Вопросы и ответы
site-faq-heading = Вопросы и ответы
site-faq-lead = Если коротко: напишите ассистенту что угодно, откройте ссылку, пришлите адрес.
site-faq-contents = На этой странице
site-faq-invited-title = Вас пригласили
site-faq-invited = Зарегистрируйтесь с этой страницы, и после активации аккаунта баллы получат оба: вы — { $invited }, пригласивший — { $inviter }.
site-faq-invited-plain = Зарегистрируйтесь с этой страницы, и приглашение будет засчитано, когда вы активируете аккаунт.
site-faq-invited-button = Зарегистрироваться по приглашению

site-faq-what-q = Что это такое?
site-faq-what-a1 = Сервис, который проверяет сайты и следит за ними, а управляют им из чата. Вы пишете ассистенту адрес; он открывает страницу, как обычный посетитель, и сообщает, работает ли она, что ответила, сколько времени это заняло и есть ли на ней нужный вам текст.
site-faq-what-a2 = Чат и этот сайт — две стороны одного аккаунта: сделанное в одном видно в другом.

site-faq-start-q = Как начать?
site-faq-start-1 = Напишите ассистенту что угодно, например в чате на главной странице.
site-faq-start-2 = Откройте ссылку, которую он пришлёт, и нажмите кнопку. Аккаунт активирован, и вы уже вошли.
site-faq-start-3 = Выберите в чате ассистента для сайтов и пришлите адрес страницы.
site-faq-start-note = Аккаунт, не активированный за { $hours ->
    [one] { $hours } час
    [few] { $hours } часа
    [many] { $hours } часов
   *[other] { $hours } часа
}, удаляется. Зарегистрироваться снова можно в любое время.

site-faq-add-q = Ассистент добавлен, но ничего не произошло. Почему?
site-faq-add-a = Многие программы добавляют контакты сами, поэтому аккаунт начинается с сообщения, которое написали вы. Напишите ассистенту любое слово, и он ответит ссылкой для активации.

site-faq-commands-q = Какие есть команды?
site-faq-commands-a = Каждая начинается с #, годится и косая черта. Число — ответ на последнее меню, а на опечатку придёт подсказка. Команды аккаунта понимает любой ассистент.
site-faq-commands-account = Аккаунт
site-faq-commands-services = Сервисы
site-faq-commands-checks = Сайты
site-faq-arg-url = АДРЕС
site-faq-arg-text = "текст"
site-faq-arg-name = ИМЯ
site-faq-cmd-help = все команды или подробнее об одной из них
site-faq-cmd-menu = что можно сделать сейчас, по номерам
site-faq-cmd-whoami = ваш аккаунт, его состояние и адреса
site-faq-cmd-loginlink = ссылка для входа на этот сайт
site-faq-cmd-forgot = ссылка, чтобы задать новый пароль
site-faq-cmd-lang = язык ответов
site-faq-cmd-tz = ваш часовой пояс
site-faq-cmd-balance = ваши баллы и на что они потрачены
site-faq-cmd-delaccount = удалить аккаунт; сначала переспросит
site-faq-cmd-services = все сервисы, их цены и состояние
site-faq-cmd-add = добавить бесплатный сервис; платный покупают на этом сайте
site-faq-cmd-del = удалить сервис
site-faq-cmd-resend = ещё раз запрос авторизации или ссылка для активации
site-faq-cmd-check = проверить страницу и то, что на ней есть текст
site-faq-cmd-url = адрес без команды — тоже проверка

site-faq-signin-q = Как войти на сайт?
site-faq-signin-a1 = Пришлите ассистенту #loginlink и откройте ссылку. Она сработает один раз и действует { $minutes ->
    [one] { $minutes } минуту
    [few] { $minutes } минуты
    [many] { $minutes } минут
   *[other] { $minutes } минуты
}.
site-faq-signin-a2 = Или задайте логин и пароль в настройках. Если забудете пароль, #forgot пришлёт ссылку, чтобы задать новый.

site-faq-price-q = Сколько это стоит?
site-faq-price-a1 = Всё считается в баллах. Запуск проверки стоит { $start ->
    [one] { $start } балл
    [few] { $start } балла
    [many] { $start } баллов
   *[other] { $start } балла
}, и каждое действие, которое дало результат — успешный или нет, — стоит { $action ->
    [one] { $action } балл
    [few] { $action } балла
    [many] { $action } баллов
   *[other] { $action } балла
}. Пропущенные действия бесплатны.
site-faq-price-a2 = Если проверку отменили до начала или она сорвалась по нашей вине, стоимость запуска возвращается.
site-faq-price-a3 = Новый аккаунт получает в подарок { $bonus ->
    [one] { $bonus } балл
    [few] { $bonus } балла
    [many] { $bonus } баллов
   *[other] { $bonus } балла
}. Сначала тратятся подаренные баллы, купленные — в последнюю очередь.
site-faq-price-a4 = Цена платного сервиса берётся один раз, при добавлении. Простым сообщением ничего не покупается.

site-faq-invites-q = Что дают приглашения?
site-faq-invites-a1 = Когда кто-то зарегистрируется по вашему приглашению и активирует аккаунт, вы получите { $inviter ->
    [one] { $inviter } балл
    [few] { $inviter } балла
    [many] { $inviter } баллов
   *[other] { $inviter } балла
}, а новичок — { $invited ->
    [one] { $invited } балл
    [few] { $invited } балла
    [many] { $invited } баллов
   *[other] { $invited } балла
}.
site-faq-invites-a2 = Баллы приходят при активации, один раз за каждого нового человека. Их не дают за адрес, у которого уже был аккаунт, и за аккаунт, известный только по чату на этом сайте.

site-faq-sites-q = Какие сайты можно проверять?
site-faq-sites-a = Свои и те, чей владелец вам разрешил. Адреса частных сетей не открываются, куда бы страница ни перенаправляла.

site-faq-privacy-q = Что вы обо мне знаете?
site-faq-privacy-a1 = Адрес чата, из которого вы пишете, ваши сообщения ассистентам, ваши проверки и их результаты. Логин, пароль и адрес почты — только если вы их укажете.
site-faq-privacy-a2 = Пароли хранятся в виде хешей, ссылки из сообщений — тоже, а использованные вычёркиваются из чата. Страницы сайта ничего не загружают с чужих серверов и не следят за вами.
site-faq-privacy-a3 = Файлы cookie хранят ваш сеанс и язык, и больше ничего.

site-faq-deleted-q = Что и когда удаляется?
site-faq-deleted-what = Что
site-faq-deleted-when = Когда
site-faq-deleted-new = Аккаунты, которые не активированы
site-faq-deleted-new-when = через { $hours ->
    [one] { $hours } час
    [few] { $hours } часа
    [many] { $hours } часов
   *[other] { $hours } часа
} после регистрации
site-faq-deleted-links = Использованные и просроченные ссылки
site-faq-deleted-links-when = через 24 часа
site-faq-deleted-history = Переписка в чате, завершённые проверки с картинками, статистика
site-faq-deleted-tests = Удалённые тесты
site-faq-deleted-days-when = через { $days ->
    [one] { $days } день
    [few] { $days } дня
    [many] { $days } дней
   *[other] { $days } дня
}
site-faq-deleted-ledger = Записи вашего баланса после стирания аккаунта
site-faq-deleted-unused = Аккаунты, которыми не пользуются
site-faq-deleted-unused-when = через { $days ->
    [one] { $days } день
    [few] { $days } дня
    [many] { $days } дней
   *[other] { $days } дня
} без входа, если нет тестов, адреса почты и купленных баллов; за неделю ассистент предупредит
site-faq-deleted-closed = Аккаунты, удалённые владельцем
site-faq-deleted-closed-when = закрываются сразу, стираются через { $days ->
    [one] { $days } день
    [few] { $days } дня
    [many] { $days } дней
   *[other] { $days } дня
}

site-faq-leave-q = Как удалить аккаунт?
site-faq-leave-a = В настройках на этом сайте или командой #delaccount в чате. Сначала вам скажут, что произойдёт, и переспросят.

site-faq-help-q = Что-то не работает. Кого спросить?
site-faq-help-a = Сначала пришлите ассистенту #help: он покажет всё, что можно сделать сейчас.
site-faq-help-support = Если не помогло, напишите на { $support }.

## Условия

site-terms-title = Условия
site-terms-heading = Условия
site-terms-lead = Простыми словами и коротко, чтобы их можно было прочесть.
site-terms-service-h = Что мы делаем
site-terms-service-1 = Мы открываем страницы, которые вы назвали, со своих машин и сообщаем, что нашли. Проверка показывает то, что наша машина увидела в тот момент; она не обещает, что другие видят то же самое.
site-terms-service-2 = Мы стараемся быть доступны и сообщать вовремя, но не полагайтесь только на этот сервис там, где от него зависят жизнь, здоровье или большие деньги.
site-terms-account-h = Ваш аккаунт
site-terms-account-1 = Аккаунт принадлежит тому, кто владеет адресом чата, с которого он активирован. Не передавайте этот адрес и свой пароль другим.
site-terms-account-2 = Аккаунт, не активированный за { $hours ->
    [one] { $hours } час
    [few] { $hours } часа
    [many] { $hours } часов
   *[other] { $hours } часа
} после регистрации, удаляется.
site-terms-price-h = Баллы и цены
site-terms-price-1 = Единица расчёта — балл. Запуск проверки стоит { $start ->
    [one] { $start } балл
    [few] { $start } балла
    [many] { $start } баллов
   *[other] { $start } балла
}; каждое действие, которое дало результат, стоит { $action ->
    [one] { $action } балл
    [few] { $action } балла
    [many] { $action } баллов
   *[other] { $action } балла
}.
site-terms-price-2 = Один балл стоит { $price } { $currency }.
site-terms-price-3 = Новый аккаунт получает { $bonus ->
    [one] { $bonus } балл
    [few] { $bonus } балла
    [many] { $bonus } баллов
   *[other] { $bonus } балла
} бесплатно. Подаренные баллы тратятся первыми, не возвращаются деньгами и не передаются.
site-terms-price-4 = Цена платного сервиса берётся один раз. Если вы его удалите, то в следующий раз он снова стоит свою цену.
site-terms-refund-h = Возврат денег
site-terms-refund-1 = Неистраченные купленные баллы возвращаются в течение { $days ->
    [one] { $days } дня
    [few] { $days } дней
    [many] { $days } дней
   *[other] { $days } дня
} после покупки, начиная с последней покупки.
site-terms-refund-2 = При закрытии аккаунта остаток возвращается по тому же правилу, без заявления.
site-terms-use-h = Что можно проверять
site-terms-use-1 = Только свои сайты и те, чей владелец согласен.
site-terms-use-2 = Нельзя искать уязвимости, подбирать пароли, создавать нагрузку, которая мешает другим, и рассылать через формы сообщения, которых не ждут.
site-terms-use-3 = Не приглашайте тех, кто этого не хочет. Тому, кто ответил «stop», мы больше никогда не пишем.
site-terms-use-4 = Аккаунты, нарушающие эти правила, мы блокируем. Купленные баллы тогда возвращаются по правилу выше, подаренные пропадают.
site-terms-purge-h = Что и когда удаляется
site-terms-purge-1 = Переписка в чате, завершённые проверки, их картинки и статистика удаляются через { $days ->
    [one] { $days } день
    [few] { $days } дня
    [many] { $days } дней
   *[other] { $days } дня
}.
site-terms-purge-2 = Аккаунт, которым не пользуются { $days ->
    [one] { $days } день
    [few] { $days } дня
    [many] { $days } дней
   *[other] { $days } дня
} и у которого нет тестов, адреса почты и купленных баллов, удаляется. За неделю ассистент предупредит.
site-terms-purge-3 = Закрытый аккаунт стирается через { $days ->
    [one] { $days } день
    [few] { $days } дня
    [many] { $days } дней
   *[other] { $days } дня
}. До этого оператор может снова открыть заблокированный.
site-terms-change-h = Изменения
site-terms-change-1 = Если условия изменятся, ассистент сообщит об этом заранее. Если вы не согласны, аккаунт можно удалить.

## Ошибки

site-error-title-400 = Непонятный запрос
site-error-next-400 = Вернитесь, проверьте введённое и попробуйте ещё раз.
site-error-title-401 = Сначала войдите
site-error-next-401 = Эта страница — для тех, кто вошёл. Возможно, ваш сеанс завершился.
site-error-title-402 = Не хватает баллов
site-error-next-402 = Пополните баланс или откажитесь от лишнего.
site-error-title-403 = Нельзя
site-error-next-403 = Возможно, страница была открыта слишком долго. Вернитесь, обновите её и попробуйте снова.
site-error-title-404 = Такой страницы нет
site-error-next-404 = Возможно, в адресе опечатка или то, что здесь было, удалено.
site-error-title-405 = Этот адрес так не работает
site-error-next-405 = Откройте нужную страницу из меню вверху.
site-error-title-409 = Уже занято
site-error-next-409 = Вернитесь и выберите что-нибудь другое.
site-error-title-413 = Слишком много сразу
site-error-next-413 = Вернитесь и отправьте меньше.
site-error-title-429 = Слишком много попыток
site-error-next-429 = Немного подождите и попробуйте снова.
site-error-retry-after = Попробовать снова можно через { $left }.
site-error-title-500 = У нас что-то сломалось
site-error-next-500 = Вы ни при чём. Мы это записали; попробуйте, пожалуйста, ещё раз через минуту.
site-error-title-503 = Сайт занят или обновляется
site-error-next-503 = Попробуйте, пожалуйста, через минуту. Всё, что вы отправили раньше, сохранено.
site-error-title-other = Что-то пошло не так
site-error-next-other = Вернитесь и попробуйте снова.
site-error-code = Ошибка { $status }
site-error-trace = Если напишете нам об этом, назовите номер: { $trace }
site-error-to-dashboard = К обзору
site-error-to-login = Войти

## What the next page tells once

site-notice-service-add = Сервис подключён.
site-notice-service-resend = Ассистент снова запросит у вас авторизацию.
site-notice-service-delete = Сервис удалён.
site-notice-login = Логин сохранён.
site-notice-password = Новый пароль сохранён. На остальных устройствах выполнен выход.
site-notice-preferences = Сохранено.
site-notice-session = На том устройстве выполнен выход.
site-notice-sessions = На остальных устройствах выполнен выход.
site-notice-deleted = Ваш аккаунт закрыт.

## The methods for programs

site-api-title = Для программ
site-api-heading = HTTP API
site-api-lead = Всё, что умеют чат и эти страницы, доступно и программам: один метод — один адрес — один объект JSON. Описания методов — на английском.
site-api-contents = Методы
site-api-call = Как вызвать метод
site-api-keys = Ключ передаётся в заголовке Authorization. Его выдаёт метод CreateKey в браузере, где выполнен вход; ключ только для чтения ничего не изменит.
site-api-errors = Отказ приходит со своим статусом HTTP и кодом, который никогда не меняется:
site-api-idempotency = С заголовком Idempotency-Key повторный вызов ничего больше не меняет и возвращает первый результат.
site-api-openapi = То же для машин: OpenAPI 3.1
site-api-field = Поле
site-api-type = Тип
site-api-needed = Обязательно
site-api-yes = да
site-api-no = нет
site-api-default = нет, тогда { $value }
site-api-anyone = Для всех
site-api-user = Нужен аккаунт
site-api-admin = Для администраторов
site-api-read-only = Только чтение
site-api-no-fields = Полей нет: отправьте пустой объект.
site-api-result = Результат
site-api-types = Типы

## Приглашения

site-nav-invites = Приглашения
site-field-im-kind = Сеть
site-field-im-address = Адрес в ней
site-field-im-address-hint = Например, anna@jabber.example.
site-invites-title = Приглашения
site-invites-heading = Приглашения
site-invites-lead = За каждого, кто пришёл по вашему приглашению и активировал аккаунт, вы получаете { $inviter ->
    [one] { $inviter } балл
    [few] { $inviter } балла
   *[many] { $inviter } баллов
}, а новый пользователь { $invited ->
    [one] { $invited } балл
    [few] { $invited } балла
   *[many] { $invited } баллов
}.
site-invites-faq = Что дают приглашения
site-invites-earned = Ваши приглашения принесли { $points ->
    [one] { $points } балл
    [few] { $points } балла
   *[many] { $points } баллов
}.
site-invites-new-heading = Пригласить
site-invites-new-text = Ассистент напишет, скажет, кто приглашает, и попросит авторизации. Приглашайте только тех, кто вас знает.
site-invites-warning = Приглашение, не принятое и не активированное за { $hours ->
    [one] { $hours } час
    [few] { $hours } часа
   *[many] { $hours } часов
}, удаляется.
site-invites-submit = Пригласить
site-invites-needs-im = Чтобы приглашать и получать баллы, добавьте адрес кроме чата на этом сайте.
site-invites-no-im = Здешние ассистенты есть только на этом сайте, писать им некуда. Дайте другим свою ссылку.
site-invites-link-heading = Ваша ссылка
site-invites-link-text = Кто зарегистрируется по ней, считается приглашённым вами.
site-invites-qr = Код с вашей ссылкой, чтобы отсканировать телефоном
site-invites-chat-text = А эта ссылка сразу добавляет ассистента в Jabber и регистрирует через него.
site-invites-chat-link = Ваша ссылка для Jabber
site-invites-chat-qr = Код с вашей ссылкой для Jabber, чтобы отсканировать телефоном
site-invites-list-heading = Кого вы пригласили
site-invites-none = Вы ещё никого не пригласили.
site-invites-left = Осталось: { $left }
site-invites-state-waiting = Ждёт ответа
site-invites-state-registered = Регистрация без активации
site-invites-state-accepted = Уже здесь
site-invites-state-refused = Отказ
site-invites-state-revoked = Отозвано
site-invites-state-lost = Пришли другим путём
site-invites-state-expired = Срок вышел
site-invites-resend = Отправить снова
site-invites-resend-label = Отправить приглашение для { $address } снова
site-invites-revoke = Отозвать
site-invites-revoke-label = Отозвать приглашение для { $address }
site-settings-ims-heading = Адреса
site-settings-ims-text = Куда вам пишут ассистенты. Новый адрес подтверждают кодом, который туда придёт; он заменит прежний в той же сети.
site-settings-ims-asked = Ещё не подтверждён
site-settings-ims-remove = Удалить
site-settings-ims-remove-label = Удалить адрес { $address }
site-settings-ims-code = Код
site-settings-ims-code-hint = Ассистент прислал его на новый адрес, вида ABCD-EF23.
site-settings-ims-confirm = Подтвердить адрес
site-settings-ims-add = Добавить адрес
site-settings-ims-none = Здешние ассистенты есть только на этом сайте.
site-faq-commands-invites = Приглашения
site-faq-cmd-im = добавить свой адрес или посмотреть, какие есть
site-faq-cmd-invite = ассистент пригласит кого-нибудь
site-faq-cmd-invites = кого вы пригласили и сколько ждёт каждое приглашение
site-faq-cmd-points = что принесли ваши приглашения
site-faq-cmd-stop = никаких приглашений на этот адрес
site-notice-im-add = Код отправлен на новый адрес. Введите его ниже.
site-notice-im-confirm = Адрес ваш.
site-notice-im-remove = Адрес удалён.
site-notice-invite = Приглашение отправлено.
site-notice-invite-resend = Приглашение отправлено снова.
site-notice-invite-revoke = Приглашение отозвано.

## Что изменилось в аккаунте

site-history-title = Что изменилось
site-history-heading = Что изменилось в вашем аккаунте
site-history-lead = За { $days ->
    [one] последний { $days } день
    [few] последние { $days } дня
   *[many] последние { $days } дней
}, сначала новое.
site-history-not-you = Если это были не вы, завершите все остальные сеансы и смените пароль.
site-history-link = Что изменилось в вашем аккаунте
site-history-none = Пока ничего.
site-history-added = добавлено
site-history-removed = убрано
site-history-network = сеть { $network }
site-history-signed-in = Вход
site-history-password = Смена пароля
site-history-login = Логин
site-history-language = Язык
site-history-timezone = Часовой пояс
site-history-key = Ключ для программ
site-history-address = Адрес
site-history-service = Сервис
site-history-test = Тест
site-history-test-deleted = Тест удалён
site-history-test-restored = Тест восстановлен
