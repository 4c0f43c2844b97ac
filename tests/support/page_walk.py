#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page at / in a browser, step by step: what 94_page.sh asks for.

    page_walk.py FOLDER PICTURES AXE STEP ARGUMENT... [-- STEP ARGUMENT...]...

FOLDER is for the browser's own files, PICTURES for screenshots; AXE is its program, or empty. Prints what it measured; ends with 1
and a sentence at the first thing that is not so."""

import http.server
import json
import os
import socket
import sys
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser, Failure

folder, pictures = sys.argv[1:3]


def expect(what, got, want):
    if got != want:
        raise Failure(f'{what}: {got!r}, expected {want!r}')


def expect_in(what, text, part):
    if part not in text:
        raise Failure(f'{what} lacks {part!r}: {text[:600]!r}')


def expect_calm(page):
    """Nothing was refused by the policy of the page, and nothing thrown."""
    expect('complaints of the browser', page.complaints, [])


def expect_fitting(page, width):
    wide = page.ask('document.documentElement.scrollWidth')
    if wide > width:
        culprits = page.ask(f'''[...document.querySelectorAll("body *")].filter(element => !element.closest(".wide") &&
            element.getBoundingClientRect().right > {width}).slice(0, 4).map(element => element.outerHTML.slice(0, 160))''')
        raise Failure(f'{page.ask("location.href")} is {wide} wide on a screen of {width}: {culprits}')


def text_of(page, selector):
    return page.ask(f'document.querySelector({json.dumps(selector)})?.innerText ?? ""')


def check_axe(page, program, name):
    if not program:
        return
    with open(program, encoding='utf-8') as file:
        page.ask(file.read() + ';0')
    found = page.ask('''axe.run(document, {resultTypes: ['violations']}).then(result => result.violations.map(violation =>
        `${violation.id}: ${violation.help}: ${violation.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' | ')}`))''')
    if found:
        raise Failure(f'axe, {name}: ' + '; '.join(found))


class Sender:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = path

    def send(self, *lines):
        for line in lines:
            self.socket.sendto(line if isinstance(line, bytes) else line.encode(), self.path)


# ---- the steps ----

def open_page(page, address):
    """Go to the address, and wait until the page has its numbers."""
    page.go(address)
    page.until('document.getElementById("main").dataset.ready === "yes"', 'the page to be shown')


def expect_shown(page, selector, part):
    """Wait until an element has this text."""
    page.until(f'(document.querySelector({json.dumps(selector)})?.innerText ?? "").includes({json.dumps(part)})', f'{selector} with {part!r}')


def looks(browser, axe, url):
    """Each page in each look: pictures, nothing refused, nothing wider than the screen, and axe."""
    addresses = {
        'all': '/', 'service': '/?service=shop', 'histogram': '/?service=shop&family=shop_checkout_duration_seconds',
        'family': '/?service=shop&family=shop_orders_total', 'breakers': '/?service=shop&family=shop_payment', 'found': '/?q=order',
        'missing': '/?service=nobody', 'own': '/?service=statgate', 'own_family': '/?service=statgate&family=statgate_series',
        'no_list': '/?show=constructor',
    } | {show: f'/?show={show}' for show in ('services', 'breakers', 'jobs', 'senders', 'rejections', 'events', 'endpoints')}
    for look, options in (('light', {'width': 1280}), ('dark', {'width': 1280, 'dark': True}), ('narrow', {'width': 400})):
        page = browser.page(height=900, **options)
        for name, address in addresses.items():
            if look != 'light' and name not in ('all', 'service', 'histogram', 'events'):
                continue
            open_page(page, url + address)
            expect(f'pages that are not found, {name}', page.ask('document.querySelectorAll("#missing").length'), int(name == 'missing'))
            page.screenshot(os.path.join(pictures, f'{name}-{look}.png'), whole=True)
            expect_fitting(page, options['width'])
            if look != 'narrow' and (look == 'light' or name == 'all'):
                check_axe(page, axe, f'{name}, {look}')
        page.complaints = [text for text in page.complaints if 'service=nobody' not in text]
        expect_calm(page)


def hostile(browser, axe, url):
    """What strangers sent is text, and nothing but text."""
    page = browser.page(width=400)
    for name, address in {'all': '/', 'family': '/?service=shop&family=shop_visitors_total'}.items():
        open_page(page, url + address)
        page.screenshot(os.path.join(pictures, f'hostile-{name}.png'), whole=True)
        expect('elements that a stranger named', page.ask('document.querySelectorAll("img, body script, iframe").length'), 0)
        expect_fitting(page, 400)
        check_axe(page, axe, f'hostile {name}')
    text = text_of(page, '#series')
    for part in ('<script>alert(1)</script>', '\\u202egnp.exe', '\U0001f98a fox', 'a' * 200):
        expect_in('the series of strangers', text, part)
    expect_calm(page)


def use(browser, axe, url, path):
    """As a person does: clicks, keys, search, copy, back; and what happens while the page is open."""
    sender = Sender(path)
    page = browser.page()
    browser.call('Browser.grantPermissions', origin=url, permissions=['clipboardReadWrite', 'clipboardSanitizedWrite'])

    # From the list to a service, to a family, and back twice.
    open_page(page, url + '/')
    expect_in('the line of truth', text_of(page, '.verdict'), 'problem')
    page.click('#services a[href*="service=shop"]')
    expect_shown(page, '#families', 'shop_orders_total')
    expect_in('the title', page.ask('document.title'), 'shop')
    page.click('#families a[href*="shop_orders_total"]')
    expect_shown(page, '#series', 'outcome="ok"')
    page.ask('history.back(), 0')
    expect_shown(page, '#families', 'shop_orders_total')
    expect('the address after going back', page.ask('location.search'), '?service=shop')
    page.ask('history.back(), 0')
    page.until('location.search === "" && document.querySelector("#senders") !== null', 'the first page')

    # A problem leads to where it is.
    page.ask('document.querySelector(\'.problem > a[href*="shop_payment"]\').click(), 0')
    expect_shown(page, '#breakers', 'Its last failures')

    # / is for the search.
    page.press('/', 191)
    expect('what has the focus', page.ask('document.activeElement.id'), 'q')
    page.type('checkout')
    page.press('Enter')
    expect_shown(page, '#found', 'shop_checkout_duration_seconds')

    # A query to copy.
    open_page(page, url + '/?service=shop&family=shop_orders_total')
    page.click('#family .copyable button')
    page.until('document.querySelector("#family .copyable button").textContent === "Copied"', 'the button to say so')
    expect('what was copied', page.ask('navigator.clipboard.readText()'), 'sum by (outcome) (rate(shop_orders_total[5m]))')

    # New values come by themselves; what was opened, focused and chosen stays.
    page.ask('window.kept = document.querySelector("#series tbody th"), 0')
    before = page.ask('Number(document.querySelector("#series data").value)')
    sender.send('shop_orders_total:5|c|#outcome:failed', 'shop_orders_total:7|c|#outcome:ok')
    page.until(f'Number(document.querySelector("#series data").value) > {before}', 'a new value')
    expect('the row that was there', page.ask('window.kept.isConnected'), True)

    open_page(page, url + '/')
    page.ask('document.querySelector("#problems details").open = true')
    page.ask('document.querySelector("#q").focus()')
    page.type('typed')
    page.ask('document.querySelector("#senders").scrollIntoView()')
    place = page.ask('document.querySelector("#senders").getBoundingClientRect().top')
    page.ask('window.kept = document.querySelector("#problems details"), 0')
    verdict = text_of(page, '.verdict')
    sender.send('nobody_declares_this:1|c', 'shop_orders_total:x|c|#outcome:ok')
    page.until(f'document.querySelector(".verdict").innerText !== {json.dumps(verdict)}', 'the new trouble')
    page.until('document.querySelectorAll(".problem").length === Number.parseInt(document.querySelector(".verdict").innerText.match(/\\d+/))', 'its card')
    expect('details that were opened', page.ask('window.kept.open && window.kept.isConnected'), True)
    expect('what was typed', page.ask('document.activeElement.id + document.activeElement.value'), 'qtyped')
    page.until(f'Math.abs(document.querySelector("#senders").getBoundingClientRect().top - {place}) <= 2', 'what the reader saw to be where it was')

    # A curve of what the page has seen.
    open_page(page, url + '/?service=shop&family=shop_visitors_total')
    page.until('document.querySelector("#series svg.spark path")?.getAttribute("d")?.includes("L")', 'a curve', 15)
    expect_calm(page)


def plain(browser, axe, url):
    """Without script it says where the same is."""
    page = browser.page(script=False)
    page.go(url + '/')
    for part in ('/debug', '/metrics', 'statgate top'):
        expect_in('the page without script', text_of(page, '#main'), part)


class Below(http.server.BaseHTTPRequestHandler):
    """What a reverse proxy does: /below/PATH is the daemon's /PATH, with its token if it has one."""
    def do_GET(self):
        request = urllib.request.Request(self.server.behind + self.path.removeprefix('/below'), headers=dict(self.headers))
        with urllib.request.urlopen(request) as answer:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in ('connection', 'transfer-encoding', 'date'):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.read())

    def log_message(self, *_):
        pass


def below(browser, axe, url):
    """Behind a proxy, below another path."""
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Below) as proxy:
        proxy.behind = url
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        page = browser.page()
        open_page(page, f'http://127.0.0.1:{proxy.server_port}/below/')
        page.click('#services a[href*="service=shop"]')
        expect_shown(page, '#families', 'shop_orders_total')
        expect('the path', page.ask('location.pathname'), '/below/')
        expect_calm(page)
        proxy.shutdown()


def token(browser, axe, url, word):
    """With a token, as the password of any user."""
    page = browser.page()
    open_page(page, url.replace('://', f'://anybody:{word}@') + '/')
    expect_in('the line of truth', text_of(page, '.verdict'), 'OK')
    expect_calm(page)


def gone(browser, axe, url, pid):
    """The daemon stops: the line of truth says that it is true no longer."""
    page = browser.page()
    open_page(page, url + '/')
    os.kill(int(pid), 19)
    os.kill(int(pid), 9)
    page.until('document.querySelector(".verdict").innerText.includes("does not answer")', 'the page to notice')
    expect_in('the line of truth', text_of(page, '.verdict'), 'what you see is from')


def large(browser, axe, url, address):
    """What a page of very many series costs."""
    figures = []
    for _ in range(5):
        page = browser.page()
        open_page(page, url + address)
        nodes = page.ask('''(() => { let count = 0; const walker = document.createTreeWalker(document);
            while (walker.nextNode()) count++; return count; })()''')
        metrics = page.metrics()
        figures.append((metrics['ScriptDuration'] * 1000, nodes, page.bytes, page.ask('document.documentElement.outerHTML.length')))
        browser.call('Target.closeTarget', targetId=page.target)
    figures.sort()
    script, nodes, sent, text = figures[2]
    print(f'{address}: script {script:.1f} ms (median of five), {nodes} nodes, {text / 1024:.0f} KiB, {sent / 1024:.0f} KiB sent')
    for what, got, most in (('nodes', nodes, 2000), ('bytes', text, 200 << 10), ('milliseconds of script', script, 100)):
        if got > most:
            raise Failure(f'{address}: {got} {what}, at most {most}')


def main():
    steps = {step.__name__: step for step in (looks, hostile, use, plain, below, token, gone, large)}
    axe, rest = sys.argv[3], sys.argv[4:]
    began = time.monotonic()
    with Browser(folder) as browser:
        # STEP ARGUMENT... -- STEP ARGUMENT...
        while rest:
            end = rest.index('--') if '--' in rest else len(rest)
            step, arguments = rest[0], rest[1:end]
            try:
                steps[step](browser, axe, *arguments)
            except Failure as failure:
                print(f'{step}: {failure}', file=sys.stderr)
                return 1
            print(f'{step}: {time.monotonic() - began:.1f} s')
            rest = rest[end + 1:]
    return 0


if __name__ == '__main__':
    sys.exit(main())
