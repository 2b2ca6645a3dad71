### Карточка с итогом проверки.

card-good = Работает: { $name }
card-bad = Не прошло: { $name }
card-status = Ответ: { $status }
card-title = Заголовок: { $title }
card-url = Привело на: { $url }
card-text-found = Текст на странице есть.
card-text-missing = Текста на странице нет.
card-time = Время: { NUMBER($ms, useGrouping: 0) } мс
card-price = Цена: { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}. Баланс: { $balance }.

## Почему действие не удалось

card-reason-bad-redirect = Страница перенаправляет на адрес, который нельзя открыть.
card-reason-bad-response = Сайт оборвал ответ или ответил неправильно: { $detail }
card-reason-bad-url = Этот адрес нельзя открыть.
card-reason-connect = Не удалось соединиться с сайтом: { $detail }
card-reason-dns = Сайта с таким именем нет. Верно ли написан адрес?
card-reason-http-status = Сайт отвечает ошибкой: { $detail }
card-reason-node-lost = Во время проверки наша машина пропала, и не один раз. Вы за это не платите; попробуйте, пожалуйста, ещё раз.
card-reason-not-html = Это не страница с текстом, искать не в чем.
card-reason-other = Причина: { $reason }. { $detail }
card-reason-refused-address = { $detail } — адрес частной сети, поэтому он не открывается. Разрешить его может владелец этого сервера: test.allow_private_addresses в конфигурации.
card-reason-timeout = Сайт не ответил вовремя.
card-reason-tls = Защищённое соединение не удалось, проверьте сертификат: { $detail }
card-reason-too-large = Сайт прислал слишком много, а страница так и не кончилась.
card-reason-too-many-redirects = Страница перенаправляет снова и снова, и конца этому нет.
card-reason-unsupported = Без браузера этот шаг не выполнить: { $detail }
