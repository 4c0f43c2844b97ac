# SPDX-License-Identifier: MIT
"""Chromium without a window, driven over the DevTools protocol through a pair of pipes.

    with Browser(folder) as browser:
        page = browser.page(width=1280, height=900, dark=False)
        page.go('http://127.0.0.1:9465/')
        assert page.ask('document.title') == 'statgate'
        page.screenshot('a.png')

Whatever the page logs as an error, refuses by its policy or throws is in page.complaints."""

import base64
import json
import os
import shutil
import subprocess
import time


class Failure(Exception):
    pass


class Browser:
    def __init__(self, folder):
        program = shutil.which('chromium') or shutil.which('chromium-browser')
        if program is None:
            raise FileNotFoundError('chromium')
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()

        def take_places():
            # Chromium reads at 3 and writes at 4, where other descriptors may lie now.
            a, b = os.dup2(to_browser, 200), os.dup2(from_browser, 201)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.log = open(os.path.join(folder, 'chromium.log'), 'wb')
        self.process = subprocess.Popen(
            [program, '--headless', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
             '--no-first-run', '--disable-extensions', '--disable-background-networking', '--disable-component-update',
             '--disable-default-apps', '--hide-scrollbars', '--mute-audio', '--no-proxy-server', '--force-color-profile=srgb',
             '--user-data-dir=' + os.path.join(folder, 'profile')],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, preexec_fn=take_places, close_fds=False,
            env={**os.environ, 'HOME': folder})
        os.close(to_browser)
        os.close(from_browser)
        self.waiting = b''
        self.number = 0
        self.pages = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call('Browser.close')
            self.process.wait(5)
        except (Failure, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.into)
        self.log.close()

    def read(self):
        while b'\0' not in self.waiting:
            piece = os.read(self.into, 1 << 20)
            if not piece:
                raise Failure('chromium ended')
            self.waiting += piece
        message, self.waiting = self.waiting.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        """The result of a method; what happens meanwhile goes to the pages."""
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if session is not None:
            message['sessionId'] = session
        data = json.dumps(message).encode() + b'\0'
        while data:
            data = data[os.write(self.out, data):]
        while True:
            message = self.read()
            if message.get('id') == self.number:
                if 'error' in message:
                    raise Failure(f"{method}: {message['error']['message']}")
                return message['result']
            self.hear(message)

    def hear(self, message):
        page = self.pages.get(message.get('sessionId'))
        if page is not None:
            page.hear(message['method'], message['params'])

    def page(self, **look):
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        page = self.pages[session] = Page(self, session, target)
        for part in 'Page', 'Runtime', 'Log', 'Network', 'Performance':
            page.call(part + '.enable')
        page.look(**look)
        return page


class Page:
    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target
        self.complaints = []
        self.documents = 0
        self.bytes = 0

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def hear(self, method, event):
        if method == 'Page.frameNavigated' and 'parentId' not in event['frame']:
            self.documents += 1
        elif method == 'Network.loadingFinished':
            self.bytes += event['encodedDataLength']
        elif method == 'Runtime.exceptionThrown':
            self.complaints.append(event['exceptionDetails']['exception'].get('description', 'exception'))
        elif method == 'Log.entryAdded' and event['entry']['level'] == 'error':
            self.complaints.append(event['entry']['text'] + ' ' + event['entry'].get('url', ''))

    def look(self, width=1280, height=900, dark=False, script=True):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])
        self.call('Emulation.setScriptExecutionDisabled', value=not script)

    def act(self, action, *arguments):
        """Something after which another document is loaded."""
        before = self.documents
        action(*arguments)
        self.until(lambda: self.documents > before, 'another document')
        self.until('document.readyState === "complete"', 'a document that is loaded')

    def go(self, url):
        self.act(lambda: self.call('Page.navigate', url=url))

    def back(self):
        self.act(lambda: self.ask('history.back()'))

    def ask(self, expression):
        """The value of an expression, awaited."""
        answer = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True,
                           userGesture=True)
        if 'exceptionDetails' in answer:
            raise Failure(f"{expression[:200]}: {answer['exceptionDetails']['exception'].get('description')}")
        return answer['result'].get('value')

    def until(self, what, name, seconds=10):
        """Wait for a condition: a function, or an expression."""
        end = time.monotonic() + seconds
        while True:
            if what() if callable(what) else self.ask(what):
                return
            if time.monotonic() > end:
                raise Failure(f'waited {seconds} s for {name}')
            time.sleep(0.02)
            self.browser.call('Browser.getVersion')  # hears what happened meanwhile

    def click(self, selector):
        """A click of the mouse in the middle of an element."""
        place = self.ask(f'''(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: 'center'}});
            const box = element.getBoundingClientRect();
            return {{x: box.x + box.width / 2, y: box.y + box.height / 2}};
        }})()''')
        for kind in 'mousePressed', 'mouseReleased':
            self.call('Input.dispatchMouseEvent', type=kind, button='left', clickCount=1, **place)

    def press(self, key, code=0):
        text = {'Enter': '\r'}.get(key, key if len(key) == 1 else '')
        self.call('Input.dispatchKeyEvent', type='keyDown' if text else 'rawKeyDown', key=key, text=text,
                  windowsVirtualKeyCode=code or (ord(key.upper()) if len(key) == 1 else {'Enter': 13, 'Tab': 9, 'Escape': 27}[key]))
        self.call('Input.dispatchKeyEvent', type='keyUp', key=key)

    def type(self, text):
        self.call('Input.insertText', text=text)

    def metrics(self):
        """Chromium's own figures of the page, by name."""
        return {item['name']: item['value'] for item in self.call('Performance.getMetrics')['metrics']}

    def screenshot(self, path, whole=False):
        picture = self.call('Page.captureScreenshot', format='png', captureBeyondViewport=whole)
        with open(path, 'wb') as file:
            file.write(base64.b64decode(picture['data']))
