### Что ассистенты говорят в чате.

## Сколько что-то длится

span-day = { $count ->
    [one] { $count } день
    [few] { $count } дня
   *[many] { $count } дней
}
span-hour = { $count ->
    [one] { $count } час
    [few] { $count } часа
   *[many] { $count } часов
}
# Сокращено, чтобы подходило и к «осталось», и к «через»: минута, минуту.
span-minute = { $count } мин

## Сервисы

service-base-title = Главный ассистент
service-base-description = Хранит ваш аккаунт, сервисы, баланс и настройки, присылает ссылки для входа.
service-webtest-title = Проверка сайтов
service-webtest-description = Открывает страницу, ищет на ней текст и говорит, что нашёл и сколько времени это заняло.
service-demo-title = Платный пример
service-demo-description = Ничего не делает, только показывает, как покупают и удаляют платные сервисы.

## Регистрация

chat-write-anything = Рад вас видеть. Напишите мне что угодно, и я пришлю ссылку, которая активирует ваш аккаунт.
chat-activate = Остался один шаг. Откройте ссылку, чтобы активировать аккаунт:
    { $link }
    Осталось: { $left }. Аккаунт, не активированный в срок, удаляется.
chat-activate-first = Ваш аккаунт ещё не активирован. Откройте ссылку, которую я прислал, или напишите снова через минуту, и придёт новая.
    Осталось: { $left }. Аккаунт, не активированный в срок, удаляется.
chat-welcome = Ваш аккаунт активирован. Пришлите мне адрес страницы, и я её проверю.
    Обзор вашего аккаунта: { $site }/dashboard
chat-add-on-site = «{ $title }» — платный сервис, его добавляют на сайте. Сначала зарегистрируйтесь: { $link }

## Приглашения и новые адреса

chat-invite = { $name } приглашает вас на { $site }: там ассистент в чате проверяет сайты и следит за ними.
    Чтобы зарегистрироваться, просто авторизуйте этого ассистента или напишите ему что угодно.
    Осталось: { $left }. Аккаунт, не активированный в срок, удаляется.
    Что приглашение даёт вам обоим: { $link }
    Если сообщения отсюда не нужны, напишите «стоп», и больше ничего не придёт.
chat-im-code = Кто-то хочет добавить этот адрес в аккаунт { $name }. Если это вы, введите там код:
    { $code }
    На сайте для него есть место в настройках, а в чате аккаунта отправьте #im code и код. Осталось: { $left }.
    Если это не вы, ничего не делайте. Если сообщения отсюда не нужны, напишите «стоп».

## Ссылки

chat-link-login = По этой ссылке вы войдёте на сайт:
    { $link }
    Она сработает один раз. Осталось: { $left }. Никому её не показывайте.
chat-link-password = Откройте ссылку, чтобы задать новый пароль:
    { $link }
    Она сработает один раз. Осталось: { $left }. Никому её не показывайте.

## Вход в сервис

chat-hello = Здравствуйте, это «{ $title }». Мне уже можно писать.
chat-service-hello = Здравствуйте, это «{ $title }». Примите мой запрос, если он пришёл, или просто напишите мне. #help покажет, что я умею, а #del { $name } меня отключит.
chat-paid = «{ $title }» стоит { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}, а у вас { $balance }. Купить можно на сайте: { $link }
chat-removed = Вы удалили «{ $title }». Чтобы вернуть, отправьте { $command }.
chat-removed-paid = Вы удалили «{ $title }». Купить снова можно на сайте: { $link }
chat-needs-service = Для этого нужен сервис «{ $title }». Чтобы добавить его, отправьте { $command }.
chat-other-assistant = Команду { $command } понимает ассистент «{ $title }». Напишите её ему или главному ассистенту.

## Закрытый аккаунт

chat-closed = Этот аккаунт закрыт. Если вы думаете, что это ошибка, обратитесь сюда: { $support }
chat-closed-owner = Ваш аккаунт закрыт, ассистенты вам больше не напишут. Спасибо, что были с нами.
chat-closed-operator = Администратор заблокировал ваш аккаунт, ассистенты вам больше не напишут.

## Непонятое

chat-unknown = Не получилось вас понять. #help покажет, что я умею.
chat-unknown-nearest = Не получилось вас понять. Может быть, { $command }?
chat-not-done = Ничего не изменилось. Если вы всё-таки этого хотите, отправьте команду ещё раз.
chat-too-long = Это слишком длинно: не больше { $most ->
    [one] { $most } знака
   *[many] { $most } знаков
}. Пришлите, пожалуйста, покороче.
chat-flood = Слишком много сообщений. Через минуту я снова буду вас слушать.

## Что можно выбрать дальше

choice-add = Добавить «{ $title }»
choice-again = Проверить ещё раз
choice-balance = Баланс
choice-help = Помощь
choice-im = Адреса
choice-invites = Приглашения
choice-loginlink = Войти на сайт
choice-menu = Меню
choice-no = Нет
choice-points = Баллы за приглашения
choice-services = Сервисы
choice-shot = Снимок
choice-steps = Шаги
choice-cancel = Прервать запуск
choice-last = Последние запуски
choice-run = Запустить «{ $name }»
choice-shot-of = Снимок запуска { $number }
choice-shot-step = Шаг { $step }
choice-tests = Тесты
choice-whoami = Мой аккаунт
choice-yes = Да

## Команды

help-usage = #help [КОМАНДА]
help-help = что можно отправить
help-head = Что можно отправить:
help-foot = Число отвечает на меню под сообщением. Подробнее о команде: #help add
help-aliases = То же самое: { $aliases }

menu-usage = #menu
menu-help = что у вас есть и что делать дальше
menu-head = { $name }, у вас { $balance ->
    [one] { $balance } балл
    [few] { $balance } балла
   *[many] { $balance } баллов
} и такие сервисы:
menu-line = { $title } ({ $name })

whoami-usage = #whoami
whoami-help = ваш аккаунт и его адреса
whoami-name = Вы { $name }.
whoami-balance = Баланс: { $balance ->
    [one] { $balance } балл
    [few] { $balance } балла
   *[many] { $balance } баллов
}
whoami-place = Язык: { $lang ->
    [ru] русский
   *[en] английский
}, часовой пояс: { $timezone }
whoami-im = { $kind ->
    [jabber] Jabber
    [skype] Skype
    [telegram] Telegram
   *[matrix] Matrix
}: { $address } ({ $state ->
    [confirmed] подтверждён
   *[asked] ещё не подтверждён
})
whoami-webchat = Чат на сайте: подключён

services-usage = #services
services-help = все сервисы и цены
services-head = Сервисы:
services-free = бесплатно
services-have = уже ваш
services-price = { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}
services-paid = Платные сервисы покупают на сайте: { $link }

add-usage = #add ИМЯ
add-help = добавить сервис
add-done = Сервис { $name } добавлен. Его ассистент вам напишет.
add-paid = Сервис { $service } стоит { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}, а у вас { $balance }. Купить можно на сайте: { $link }

del-usage = #del ИМЯ
del-help = удалить сервис
del-which = Какой сервис? Добавьте имя, например #del demo. #menu покажет, что у вас есть.
del-confirm = Удалить { $name }? Если захотите вернуть, он снова будет стоить { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}.
del-done = Сервис { $name } удалён, его ассистент вам больше не напишет.

resend-usage = #resend [ИМЯ]
resend-help = ассистент снова попросит у вас разрешения писать
resend-done = Готово. Ассистент { $name } снова попросит разрешения везде, где оно ему нужно.

loginlink-usage = #loginlink
loginlink-help = ссылка для входа на сайт

forgot-usage = #forgot
forgot-help = ссылка, чтобы задать новый пароль

balance-usage = #balance
balance-help = ваши баллы и последние траты
balance-now = У вас { $balance ->
    [one] { $balance } балл
    [few] { $balance } балла
   *[many] { $balance } баллов
}.

lang-usage = #lang [en|ru]
lang-help = язык чата и сайта
lang-name = Русский
lang-which = Язык сейчас: { $lang }. Какой выберете?
lang-done = Теперь говорим по-русски.

tz-usage = #tz [ОБЛАСТЬ/ГОРОД]
tz-help = ваш часовой пояс
tz-which = Ваш часовой пояс: { $timezone }. Чтобы сменить, отправьте город латиницей, например #tz Europe/Moscow.
tz-unknown = Такой часовой пояс мне неизвестен. Попробуйте ближайший большой город латиницей, например #tz Moscow.
tz-done = Теперь ваш часовой пояс: { $timezone }.

delaccount-usage = #delaccount
delaccount-help = закрыть аккаунт
delaccount-confirm = Закрыть аккаунт? На балансе { $balance ->
    [one] { $balance } балл
    [few] { $balance } балла
   *[many] { $balance } баллов
}, вернуть их будет нельзя; ссылки для входа перестанут работать, ассистенты уйдут. Зарегистрироваться заново можно будет только через { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[many] { $days } дней
}.

im-usage = #im [add|code|del] [АДРЕС или КОД]
im-help = ваши адреса: добавить, подтвердить кодом, удалить
im-head = Ваши адреса:
im-how = Чтобы добавить адрес, отправьте #im add и адрес. Туда придёт код; отправьте его сюда: #im code и код.
im-asked = Код отправлен на { $address }. Отправьте его сюда, #im code и код, или введите в настройках на сайте.
im-replaces = Новый адрес заменит { $address }.
im-done = { $address } теперь ваш. Ассистенты ваших сервисов попросят там авторизации.
im-confirm = Удалить { $address }? Ассистенты больше не будут туда писать.
im-removed = { $address } удалён.

invite-usage = #invite АДРЕС
invite-help = пригласить кого-нибудь; баллы получите вы оба
invite-which = Кого? Отправьте и адрес, например #invite ann@jabber.example. Или дайте свою ссылку: { $link }
invite-done = Приглашение для { $address } отправлено. Осталось: { $left }; не принятое в срок удаляется.

invites-usage = #invites
invites-help = кого вы пригласили и сколько ждёт каждое приглашение
invites-head = Ваши приглашения:
invites-none = Вы ещё никого не пригласили. #invite и адрес пригласят кого-нибудь.
invites-line = { $address }: { $state ->
    [waiting] ждёт ответа, осталось: { $left }
    [registered] регистрация без активации, осталось: { $left }
    [accepted] уже здесь, спасибо
    [refused] отказ
    [revoked] отозвано
    [lost] пришли другим путём
   *[expired] срок вышел
}
invites-again = Отправить снова: { $address }
invites-revoke = Отозвать: { $address }
invites-sent = Ассистент ещё раз написал на { $address }.
invites-revoked = Приглашение для { $address } отозвано.
invites-link = Ваша ссылка для других: { $link }

points-usage = #points
points-help = что принесли ваши приглашения
points-now = У вас { $balance ->
    [one] { $balance } балл
    [few] { $balance } балла
   *[many] { $balance } баллов
}. Приглашения принесли { $earned }.
points-rule = За каждого, кто пришёл по приглашению и активировал аккаунт, вы получаете { $inviter ->
    [one] { $inviter } балл
    [few] { $inviter } балла
   *[many] { $inviter } баллов
}, а новый пользователь { $invited }.
points-webchat = Чтобы получать баллы за других, нужен адрес кроме чата на сайте: отправьте #im add и свой адрес.

stop-usage = #stop
stop-help = никаких приглашений на этот адрес
stop-member = Этот адрес больше никто не сможет пригласить, что бы ни стало с вашим аккаунтом. Расстаться с одним ассистентом: #del и его имя, уйти совсем: #delaccount.
stop-stranger = Хорошо, ассистенты больше не будут вам писать. Передумаете, просто напишите сами.

check-usage = #check АДРЕС ["ТЕКСТ"]
check-help = проверить страницу и текст на ней; хватит и одного адреса
check-which = Какую страницу? Пришлите адрес, а если на ней должен быть текст, то и его в кавычках: #check example.com "Корзина"
check-started = Проверяю { $url }. Ответ скоро придёт.
check-no-points = Чтобы начать проверку, нужно не меньше { $price ->
    [one] { $price } балла
   *[many] { $price } баллов
}, а у вас { $balance }. #balance покажет, на что они ушли.
test-copy = (копия)
task-state = { $status ->
    [none] ещё не запускался
    [initial] ждёт
    [starting] идёт
    [running] идёт
    [succeeded] пройден
    [failed] не пройден
   *[cancelled] отменён
}

tests-usage = #tests
tests-help = ваши тесты
tests-head = Ваши тесты:
tests-line = { $number }: { $name } ({ $steps ->
    [one] { $steps } шаг
    [few] { $steps } шага
   *[many] { $steps } шагов
}, { $state })
tests-foot = Все тесты и редактор: { $link }
tests-none = У вас пока нет тестов. Напишите первый, по шагу в строке:
    #new Shop
    open shop.example
    click //button[.='Sign in']
    title Dashboard

new-usage = #new ИМЯ
new-help = новый тест; ниже шаги, каждый в своей строке
new-how = Напишите имя, а под ним шаги, каждый в своей строке:
    #new Shop
    open shop.example
    click //button[.='Sign in']
    title Dashboard
new-done = Тест { $number }, { $name }, сохранён: { $steps ->
    [one] { $steps } шаг
    [few] { $steps } шага
   *[many] { $steps } шагов
}.

steps-usage = #steps ТЕСТ
steps-help = шаги теста; строки ниже заменят их
steps-which = Какой тест? Пришлите и его номер или имя.
steps-head = { $name } ({ $number }):

run-usage = #run ТЕСТ [ТИП] [debug]
run-help = запустить тест; debug не остановится на ошибке
run-which = Какой тест? Пришлите и его номер или имя.
run-progress = { $name }: запуск { $number }, пройдено шагов: { $done } из { $count }{ $failed ->
    [0] { "" }
   *[other] , с ошибкой: { $failed }
}. Смотреть вживую: { $link }
run-over = { $name }: запуск { $number } окончен. Отчёт: { $link }
run-started = { $name }: запуск { $number }. Смотреть вживую: { $link }

cancel-usage = #cancel [ЗАПУСК]
cancel-help = сразу прервать запуск
cancel-done = Запуск { $number } теста { $name } отменён.

last-usage = #last [ТЕСТ]
last-help = последние запуски
last-head = Последние запуски:
last-line = { $number }: { $name }, { $state }{ $step ->
    [0] { "" }
   *[other] { " " }на шаге { $step }
}, { $ago }
last-now = только что
last-none = Пока ничего не запускалось.

shot-usage = #shot [ЗАПУСК [ШАГ]]
shot-help = снимок экрана из запуска
shot-none = У запуска { $number } такого снимка нет.
shot-here = Запуск { $number }, шаг { $step }:
shot-link = Запуск { $number }, шаг { $step }. Сутки этот запуск видит каждый, у кого есть ссылка: { $link }

export-usage = #export ТЕСТ
export-help = тест строками, которые можно прислать снова

## Движение баллов

ledger-adjustment = Изменено администратором
ledger-invite-bonus = Бонус за приглашение
ledger-service-price = Цена сервиса
ledger-sign-up-bonus = Подарок за регистрацию
ledger-task-finish = Действия проверки
ledger-task-start = Запуск проверки
balance-give-back = Возврат за запуск
ledger-write-off = Списание
chat-no-groups = Я говорю с каждым наедине: напишите мне лично. Из этой группы я выхожу.

chat-unused = Этим аккаунтом давно не пользовались. Он будет удалён { $time }, вместе с баллами: { $points }. Чтобы сохранить его, напишите мне что угодно.

chat-bonus = { $address }: приглашение принято. Вам начислено { $points ->
    [one] { $points } балл
    [few] { $points } балла
   *[many] { $points } баллов
}, теперь у вас { $balance }.
chat-bonus-link = По вашей ссылке пришёл новый пользователь. Вам начислено { $points ->
    [one] { $points } балл
    [few] { $points } балла
   *[many] { $points } баллов
}, теперь у вас { $balance }.

## Для администраторов

users-usage = #users [НАЧАЛО]
users-help = пользователи, по началу логина или адреса
users-none = Никто не подходит.
users-head = { $count ->
    [one] { $count } пользователь
    [few] { $count } пользователя
   *[many] { $count } пользователей
}, сначала новые:
users-line = { $name } ({ $status }), { $points ->
    [one] { $points } балл
    [few] { $points } балла
   *[many] { $points } баллов
}: { $addresses }
users-more = Возможно, есть ещё: уточните начало.
users-created = Регистрация: { $time }
users-seen = Последний раз: { $time }
users-services = Сервисы: { $services }
block-usage = #block КОГО
block-help = закрыть аккаунт, по логину, адресу или номеру
block-which = Кого? Отправьте #block с логином, адресом или номером.
block-confirm = Закрыть аккаунт { $name } и списать { $points ->
    [one] { $points } балл
    [few] { $points } балла
   *[many] { $points } баллов
}? Сеансы, ссылки и ключи перестанут действовать, ассистенты уйдут. Ответьте да или нет.
block-done = Аккаунт { $name } заблокирован.
report-usage = #report
report-help = аккаунты с тестами, без посещений и без дохода
report-none = Нет аккаунтов с тестами, которыми не пользуются и которые ничего не принесли.
report-head = { $count ->
    [one] { $count } аккаунт
    [few] { $count } аккаунта
   *[many] { $count } аккаунтов
} с тестами, без посещений и без дохода, сначала новые:
report-line = { $name }: { $tests ->
    [one] { $tests } тест
    [few] { $tests } теста
   *[many] { $tests } тестов
}, { $points ->
    [one] { $points } балл
    [few] { $points } балла
   *[many] { $points } баллов
}, последний раз { $seen }
chat-report = Отчёт за месяц: { $count ->
    [one] { $count } аккаунт
    [few] { $count } аккаунта
   *[many] { $count } аккаунтов
} с тестами, без посещений и без дохода. Отправьте #report или посмотрите здесь: { $url }
news-usage = #news ТЕКСТ
news-help = сообщить всем; строки, начатые с en: или ru:, – для читающих на этом языке
news-what = Что? Отправьте #news и текст. Строка, начатая с en: или ru:, начинает текст на этом языке.
news-edition = { $lang }, { $count ->
    [one] { $count } читатель
    [few] { $count } читателя
   *[many] { $count } читателей
}:
news-about = Аккаунтов слишком много, чтобы считать все: числа приблизительные.
news-confirm = Отправить? Всего { $count ->
    [one] { $count } читатель
    [few] { $count } читателя
   *[many] { $count } читателей
} ({ $ims }). Ответьте да или нет.
news-done = Новости рассылаются: { $count ->
    [one] { $count } читатель
    [few] { $count } читателя
   *[many] { $count } читателей
}.
queues-usage = #queues
queues-help = сообщения, которые ждут или не доставлены
queues-line = { $queue }: ждут { $ready }, не доставлено { $dead }
queues-none = Ничего не ждёт, всё доставлено.
nodes-usage = #nodes
nodes-help = узлы, и кто подключён к какой сети
nodes-line = { $name }: { $services }
nodes-connected = { $service }: к { $im } подключён { $holder }.
nodes-gone = { $service }: к { $im } был подключён { $holder }, он пропал.
nodes-none = Всё работает на этом одном узле.
choice-users = Пользователи
choice-queues = Очереди
choice-nodes = Узлы
