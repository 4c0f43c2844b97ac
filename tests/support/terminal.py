#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""terminal.py SHELL-LINE: what a person at a terminal sees of a command. Interactive shells of their own terminals run it and
are typed at: Ctrl-C, Ctrl-Z with fg and bg, a pipeline, hanging up. Prints a line for each of what came of it."""
import os
import pty
import re
import select
import shlex
import sys
import time

line = sys.argv[1]


STATUS = r'status \d+'


class Terminal:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1='$ ', HISTFILE='/dev/null', TERM='dumb')
            os.execvp('bash', ['bash', '--norc', '--noprofile', '--noediting', '-i'])
        self.text = ''
        self.type('stty -echo; set +o history')
        self.type('echo rea""dy')
        self.wait('ready')

    def type(self, text):
        os.write(self.fd, (text + '\n').encode())

    def press(self, key, pattern):
        """Press it, again if nothing comes of it: some kernels lose one that comes while a job begins."""
        for _ in range(20):
            os.write(self.fd, key)
            if pattern == STATUS:
                self.type('echo "st""atus $?"')
            try:
                return self.wait(pattern, 3)
            except SystemExit:
                continue
        raise SystemExit(f'never {pattern!r}: {self.text!r}')

    def wait(self, pattern, seconds=60):
        until = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise SystemExit(f'no {pattern!r} within {seconds} s, but {self.text!r}')
            try:
                self.text += os.read(self.fd, 65536).decode(errors='replace')
            except OSError:
                raise SystemExit(f'the terminal ended before {pattern!r}: {self.text!r}')
        found = re.search(pattern, self.text)
        self.text = self.text[found.end():]
        return found.group(0)

    def poll(self, text, pattern):
        """Type it again and again until the shell says so: a shell that is interrupted forgets what was typed."""
        for _ in range(100):
            self.type(text)
            try:
                return self.wait(pattern, 0.5)
            except SystemExit:
                continue
        raise SystemExit(f'never {pattern!r}: {self.text!r}')

    def status(self):
        return self.poll('echo "st""atus $?"', STATUS)

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def command(script):
    return line.replace('SCRIPT', "'" + script + "'")


def show(name, text):
    print(f'{name}: {text}', flush=True)


mark = f'/tmp/hung-up.{os.getpid()}'
hangs_up = f'trap "echo hup >{mark}; exit 0" HUP; echo begun; while :; do sleep 0.05; done'


def is_marked():
    """Whether the command has got the hangup, after a time that only a lost one takes."""
    until = time.monotonic() + 60
    while not os.path.exists(mark) and time.monotonic() < until:
        time.sleep(0.05)
    marked = os.path.exists(mark)
    if marked:
        os.unlink(mark)
    return marked


at = Terminal()
at.type(command('echo begun; sleep 1000'))
at.wait('begun')
show('interrupted', at.press(b'\x03', STATUS))
at.type(command('trap "echo caught; exit 3" INT; echo begun; while :; do sleep 0.05; done'))
at.wait('begun')
show('caught once', f"{at.press(bytes([3]), 'caught')} {at.status()}")
at.type(command('echo begun; read line; echo "got $line"'))
at.wait('begun')
at.press(b'\x1a', 'Stopped')
show('stopped', at.status())
at.type('fg')
at.type('words')
show('in front again', f"{at.wait('got words')} {at.status()}")
at.type(command('echo begun; sleep 0.3; echo done') + ' &')
at.wait('begun')
show('behind', at.wait('done'))
at.type('wait')
at.type(command('read line; echo "got $line"') + ' &')
at.poll('jobs', 'Stopped')
at.type('fg')
at.type('later')
show('reads from behind', at.wait('got later'))
at.type('echo through | ' + command('cat') + ' | tr a-z A-Z')
show('pipeline', at.wait('THROUGH'))
at.type(command('echo begun; sleep 5') + ' &')
at.wait('begun')
at.type('kill -9 $!; wait $!')
show('killed', at.status())
at.close()

# A terminal that is hung up.
at = Terminal()
at.type(command(hangs_up))
at.wait('begun')
at.close()
show('hung up', is_marked())

# One that the command leads: a hangup reaches the leader alone.
pid, fd = pty.fork()
if pid == 0:
    words = shlex.split(command(hangs_up))
    os.execvp(words[0], words)
os.read(fd, 100)
os.close(fd)
os.waitpid(pid, 0)
show('hung up as leader', is_marked())
