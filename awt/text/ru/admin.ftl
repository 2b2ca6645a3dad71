### Тексты страниц администратора. Ключи начинаются с "admin-".

admin-nav = Управление
admin-nav-label = Управление
admin-look = Посмотреть
admin-all = все
admin-yes = Да
admin-no = Нет

## Обзор

admin-overview-nav = Обзор
admin-overview-heading = Управление
admin-overview-ready = Сообщений в ожидании
admin-overview-dead = Недоставленных
admin-overview-garbage = Строк к удалению
admin-overview-news = Новостей в пути
admin-overview-deeds = Последние действия

## Аккаунты

admin-users-nav = Пользователи
admin-users-heading = Пользователи
admin-users-begins = Логин, адрес или номер начинается с
admin-users-status = Состояние
admin-users-any = Любое
admin-users-find = Найти
admin-users-admin = Администратор
admin-users-no-address = Подтверждённого адреса нет
admin-users-seen = последний раз { $time }
admin-users-none = Никто не подходит.
admin-user-heading = Пользователь { $name }
admin-user-facts = Аккаунт
admin-user-points = Баллы
admin-user-hash = Открытый номер
admin-user-created = Регистрация
admin-user-seen = Последний раз
admin-user-lang = Язык и пояс
admin-user-email = Почта
admin-user-password = Пароль задан
admin-user-ways-in = Входы
admin-user-ways = { $sessions ->
    [one] { $sessions } сеанс
    [few] { $sessions } сеанса
   *[many] { $sessions } сеансов
}, { $keys ->
    [one] { $keys } ключ
    [few] { $keys } ключа
   *[many] { $keys } ключей
}
admin-user-closed = Закрыт
admin-user-closed-owner = владельцем
admin-user-closed-operator = администратором
admin-user-purged = Будет стёрт
admin-user-nothing = Нет
admin-user-ims = Адреса
admin-im-asked = Не подтверждён
admin-im-confirmed = Подтверждён
admin-user-services = Сервисы
admin-user-amount = Сколько баллов дать
admin-user-amount-hint = Число меньше нуля отнимает баллы. Баланс не станет отрицательным.
admin-user-reason = Причина
admin-user-reason-hint = Остаётся в истории баллов, её видит и владелец.
admin-user-adjust = Изменить баланс
admin-user-balance = баланс { $points }
admin-user-unblock = Открыть снова
admin-user-unblock-text = Аккаунт станет активным и получит ссылку для нового пароля. Логин и баллы не вернутся.
admin-user-block = Заблокировать
admin-user-block-text = Что произойдёт, по порядку:
admin-user-block-1 = Пароль удаляется.
admin-user-block-2 = Логин заменяется случайным.
admin-user-block-3 = Почта, ключи, сеансы и ссылки перестают действовать.
admin-user-block-4 = Ожидающие проверки отменяются.
admin-user-block-5 = Остаток баллов списывается: { $points }.
admin-user-block-6 = Ассистенты сообщают об этом и удаляют пользователя.
admin-user-block-confirm = Да, заблокировать { $name }

## Аккаунты без дохода

admin-report-nav = Отчёт
admin-report-heading = Аккаунты без дохода
admin-report-lead = Активные аккаунты с тестами, которыми никто не пользовался с { $time } и для которых никогда не покупали баллы. Сборщик их не трогает: закрывать ли их, решаете вы. В начале месяца администраторам сообщается, сколько их.
admin-report-count = { $count ->
    [one] { $count } аккаунт
    [few] { $count } аккаунта
   *[many] { $count } аккаунтов
}
admin-report-tests = { $count ->
    [one] { $count } тест
    [few] { $count } теста
   *[many] { $count } тестов
}
admin-report-none = Таких нет.

## Сервисы

admin-services-nav = Сервисы
admin-services-heading = Каталог сервисов
admin-service-on = Включён
admin-service-off = Выключен
admin-service-remote = Другая программа: { $url }
admin-service-change = Изменить
admin-service-save = Сохранить
admin-service-new = Новый сервис
admin-service-add = Добавить сервис
admin-service-name = Короткое имя
admin-service-name-hint = Строчные латинские буквы, цифры, дефис. Это и поддомен её ассистента, имя не меняется.
admin-service-title = Название
admin-service-description = Описание
admin-service-price = Цена в баллах
admin-service-price-hint = 0 – бесплатно.
admin-service-url = Адрес программы
admin-service-url-hint = Пусто, если сервис встроенный.
admin-service-enabled = Доступен пользователям
admin-service-base = Этот сервис есть всегда, бесплатен и включён.

## Новости

admin-news-nav = Новости
admin-news-heading = Новости
admin-news-lead = Каждый пользователь с активным аккаунтом получит их один раз, в том чате, где писал последним.
admin-news-write = Написать
admin-news-text-hint = Кто читает на языке, который вы оставили пустым, получит другой текст.
admin-news-service = Пользователям сервиса
admin-news-only = Только таким читателям; если ничего не отмечено – всем
admin-news-look = Сначала показать
admin-news-preview = Вот что будет отправлено
admin-news-readers = { $count ->
    [one] { $count } читатель
    [few] { $count } читателя
   *[many] { $count } читателей
}
admin-news-by-im = Где это прочтут
admin-news-nobody = Эти новости никто бы не получил.
admin-news-send = Отправить: { $count ->
    [one] { $count } читатель
    [few] { $count } читателя
   *[many] { $count } читателей
}
admin-news-latest = Последние
admin-news-none = Ещё не было.
admin-news-sending = Рассылаются
admin-news-sent = Разосланы
admin-news-stopped = Остановлены
admin-news-stop = Остановить
admin-news-count = { $im }: { $sent } из { $planned }

## Очереди

admin-queues-nav = Очереди
admin-queues-heading = Очереди
admin-queues-waiting = Ожидают
admin-queues-text = Сообщения, которые ещё не доставлены или ещё не у брокера.
admin-queues-none = Ничего не ждёт.
admin-queues-counts = ждут { $ready }, недоставлено { $dead }
admin-queues-oldest = самое старое от { $time }
admin-queues-dead = Недоставленные
admin-queues-dead-text = Сообщения, с которыми никто не справился. Они остаются, пока вы не отправите их снова или не выбросите.
admin-queues-no-letters = Таких нет.
admin-letter-heading = Недоставленное сообщение
admin-letter-queue = Очередь и вид
admin-letter-error = Что случилось
admin-letter-time = Написано
admin-letter-attempts = { $count ->
    [one] { $count } попытка
    [few] { $count } попытки
   *[many] { $count } попыток
}
admin-letter-attempts-name = Попыток
admin-letter-trace = След
admin-letter-replay = Отправить снова
admin-letter-drop = Выбросить
admin-letter-back = К очередям
admin-letter-hint = Ссылки, которая в нём была, больше нет; при повторной отправке появится новая.

## Узлы

admin-nodes-nav = Узлы
admin-nodes-heading = Узлы
admin-nodes-list = Узлы без базы данных
admin-nodes-none = Таких нет: всё работает там, где база данных.
admin-nodes-limits = Сервисы: { $services }. Чаты: { $ims }. Проверки: { $types }.
admin-nodes-since = Добавлен { $time }, пользователь у брокера { $user }
admin-nodes-renew = Новый токен
admin-nodes-renew-text = Старый токен перестанет действовать сразу: узел не войдёт, пока не получит новый.
admin-nodes-token = Токен узла { $name }, больше он показан не будет
admin-nodes-connections = Подключения к сетям чатов
admin-nodes-no-connections = Таких нет.
admin-nodes-held = процесс запущен { $since }
admin-nodes-live = Подключён
admin-nodes-over = Пропал
admin-nodes-add = Добавить узел
admin-nodes-name = Имя
admin-nodes-name-hint = Строчные латинские буквы, цифры, точка, дефис, подчёркивание.
admin-nodes-user = Пользователь у брокера
admin-nodes-user-hint = Если не задан, то имя узла.
admin-nodes-services = За какие сервисы говорит
admin-nodes-ims = В каких чатах говорит
admin-nodes-types = Какие проверки выполняет
admin-nodes-list-hint = Через запятую; пусто – все.

## Мусор

admin-garbage-nav = Мусор
admin-garbage-heading = Мусор
admin-garbage-lead = Что сборщик возьмёт следующим; от просмотра ничего не удаляется. Период, в секундах: { $seconds }.
admin-garbage-kind = Что
admin-garbage-now = Сейчас
admin-garbage-day = В течение суток
admin-garbage-accounts = Неактивированные и закрытые аккаунты
admin-garbage-unused-accounts = Аккаунты, о которых пора спросить, нужны ли они
admin-garbage-links = Ссылки
admin-garbage-invites = Приглашения
admin-garbage-invite-memory = Память о приглашениях
admin-garbage-tasks = Проверки
admin-garbage-sessions = Сеансы
admin-garbage-chat-history = Строки чата
admin-garbage-dialogues = Открытые вопросы чатов
admin-garbage-outbox = Сообщения
admin-garbage-consumed-ids = Номера сообщений
admin-garbage-idempotency-keys = Результаты для повторных вызовов
admin-garbage-ledger = Движения баллов
admin-garbage-audit = Журнал действий
admin-garbage-news = Новости
admin-garbage-history = Изменения в аккаунтах
admin-garbage-statistics = Часы статистики
admin-garbage-tests = Удалённые тесты
admin-garbage-groups = Удалённые группы
admin-garbage-shares = Ссылки на запуски

## Журнал действий

admin-audit-nav = Журнал
admin-audit-heading = Журнал действий
admin-audit-lead = Что изменили администраторы: кто, когда и каким путём.
admin-audit-none = Пока ничего.

## Говорится один раз, на следующей странице

site-notice-admin-points = Баланс изменён.
site-notice-admin-block = Аккаунт заблокирован.
site-notice-admin-unblock = Аккаунт снова открыт.
site-notice-admin-service = Сервис сохранён.
site-notice-admin-news = Новости рассылаются.
site-notice-admin-news-stopped = Рассылка остановлена.
site-notice-admin-letter-replay = Сообщение снова в пути.
site-notice-admin-letter-drop = Сообщение выброшено.
