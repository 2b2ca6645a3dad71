### Карточка с итогом проверки.

card-good = Работает: { $name }
card-bad = Не прошло: { $name }
card-status = Ответ: { $status }
card-title = Заголовок: { $title }
card-url = Привело на: { $url }
card-text-found = Текст на странице есть.
card-text-missing = Текста на странице нет.
card-time = Время: { NUMBER($ms, useGrouping: 0) } мс
card-steps-good = { $count ->
    [one] { $count } шаг пройден.
    [few] Все { $count } шага пройдены.
   *[many] Все { $count } шагов пройдены.
}
card-step = Шаг { $number } из { $count }: { $step }
card-streak = { $times ->
    [one] Не прошло { $times } раз
    [few] Не прошло { $times } раза
   *[many] Не прошло { $times } раз
} подряд, уже { $span }.
card-fixed = Снова работает.
card-node = Узел: { $node }, { $type }
card-shots = Снимков: { $count }
card-shots-lost = { $count ->
    [one] { $count } снимок не удалось сохранить.
    [few] { $count } снимка не удалось сохранить.
   *[many] { $count } снимков не удалось сохранить.
}
card-link = Отчёт: { $link }
card-price = Цена: { $price ->
    [one] { $price } балл
    [few] { $price } балла
   *[many] { $price } баллов
}. Баланс: { $balance }.

## Почему действие не удалось

card-reason-bad-css = Браузер не понимает такой селектор CSS: { $detail }
card-reason-bad-proxy = Это не адрес прокси: { $detail }
card-reason-bad-redirect = Страница перенаправляет на адрес, который нельзя открыть.
card-reason-bad-regexp = Это не регулярное выражение.
card-reason-bad-response = Сайт оборвал ответ или ответил неправильно: { $detail }
card-reason-bad-url = Этот адрес нельзя открыть.
card-reason-bad-xpath = Этот XPath не указывает на элементы: { $detail }
card-reason-browser-lost = Браузер завершился, а с ним и тест. Попробуйте, пожалуйста, ещё раз.
card-reason-connect = Не удалось соединиться с сайтом: { $detail }
card-reason-covered = Его закрывает другой элемент: { $detail }
card-reason-disabled = Элемент отключён: { $detail }
card-reason-dns = Сайта с таким именем нет. Верно ли написан адрес?
card-reason-hidden = Элемент не виден: { $detail }
card-reason-http-status = Сайт отвечает ошибкой: { $detail }
card-reason-moving = Элемент не стоит на месте.
card-reason-no-attribute = У элемента нет такого атрибута: { $detail }
card-reason-no-element = На странице нет такого элемента: { $detail }
card-reason-no-match = Переменная не подходит под выражение, она равна: { $detail }
card-reason-no-option = В списке нет такого пункта: { $detail }
card-reason-no-page = До этого шага не открыта ни одна страница.
card-reason-no-node = Выполнить такую проверку сейчас некому: её не взяла ни одна машина. Вы за неё не платите; попробуйте, пожалуйста, позже.
card-reason-node-lost = Во время проверки наша машина пропала, и не один раз. Вы за это не платите; попробуйте, пожалуйста, ещё раз.
card-reason-not-editable = В этот элемент нельзя ничего ввести: { $detail }
card-reason-not-html = Это не страница с текстом, искать не в чем.
card-reason-other = Причина: { $reason }. { $detail }
card-reason-page-crashed = Страница обрушила браузер.
card-reason-proxy = Прокси не соединил: { $detail }
card-reason-refused-address = { $detail } — адрес частной сети, поэтому он не открывается. Разрешить его может владелец этого сервера: test.allow_private_addresses в конфигурации.
card-reason-timeout = Сайт не ответил вовремя.
card-reason-title-differs = Заголовок не подходит, он таков: { $detail }
card-reason-tls = Защищённое соединение не удалось, проверьте сертификат: { $detail }
card-reason-too-large = Сайт прислал слишком много, а страница так и не кончилась.
card-reason-too-many-redirects = Страница перенаправляет снова и снова, и конца этому нет.
card-reason-unknown-region = Прокси в этой стране здесь нет: { $detail }
card-reason-unknown-variable = Ни один шаг до этого не сохранил переменную: { $detail }
card-reason-unsupported = Без браузера этот шаг не выполнить: { $detail }
card-reason-url-differs = Адрес не подходит, он таков: { $detail }
