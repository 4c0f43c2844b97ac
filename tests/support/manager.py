#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A service manager for tests: runs one command as systemd runs a service with a descriptor store.

    manager.py [OPTION...] FOLDER COMMAND [ARGUMENT...]
      --max N                  descriptors that it keeps (512)
      --hoard                  gives nothing up when it is told to with FDSTOREREMOVE=1
      --restart                starts the command again whenever it ended without being asked to; else `start` does
      --datagram NAME PATH     a datagram socket bound there, as of a socket unit; may be given several times

It speaks sd_notify(3) and sd_listen_fds(3) with the command: READY=1, STOPPING=1, STATUS=, MAINPID=, FDSTORE=1,
FDSTOREREMOVE=1, FDNAME=, FDPOLL=0, BARRIER=1; messages count only from the main process. What is kept is passed on the newest first, as systemd 252
does. In FOLDER are

    control   a fifo; each line that is written to it is a command:
                kill [NUMBER]   signal to the main process, 9 by default
                start           start the command, if it does not run
                stop            SIGTERM, and no start after it
                forget [NAME]   give up what is kept, of that name or all
    pid       the main process; empty when there is none
    stored    the names that are kept, a line for each descriptor
    events    a line for each thing that happened, as it happens: started PID, ready, status TEXT, stopping, main PID,
              stored NAME, refused NAME, removed NAME, hung NAME, ended exit CODE, ended signal NUMBER, ignored PID

The command ends with the manager, however that ends; on SIGTERM it stops the command and leaves with its code.
"""
import argparse
import array
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
NAME_BYTES_MAX = 255
libc = ctypes.CDLL(None, use_errno=True)


def is_name(name):
    """As fdname_is_valid() of systemd."""
    return len(name) <= NAME_BYTES_MAX and all(32 <= ord(c) < 127 and c != ":" for c in name)


class Manager:
    def __init__(self, options):
        self.options = options
        self.given = []  # (name, fd) of socket units
        self.kept = []  # (name, fd) in the order in which they came
        self.main = 0
        self.wanted = True
        self.leaving = False
        self.poller = select.poll()
        self.code = 0
        os.makedirs(options.folder, exist_ok=True)
        self.events = open(os.path.join(options.folder, "events"), "a", buffering=1)
        self.open_notify()
        self.open_control()
        self.open_sockets()

    # ---- files ----

    def open_notify(self):
        path = os.path.join(self.options.folder, "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.notify.bind(path)
        self.notify.setblocking(False)
        self.notify_path = path

    def open_control(self):
        path = os.path.join(self.options.folder, "control")
        os.mkfifo(path)
        self.control = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # never at its end
        self.unread = b""

    def open_sockets(self):
        for name, path in self.options.datagram or []:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sock.bind(path)
            self.given.append((name, sock.detach()))

    def tell(self, text):
        self.events.write(text + "\n")

    def write(self, name, text):
        """In one step, for readers."""
        path = os.path.join(self.options.folder, name)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def show(self):
        self.write("stored", "".join(name + "\n" for name, _ in self.kept))
        self.write("pid", f"{self.main}\n" if self.main else "")

    # ---- the command ----

    def become(self, passed):
        """In the child: what the command finds."""
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        # None of them may be where another has to go.
        moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3 + len(passed)) for _, fd in passed]
        for place, fd in enumerate(moved):
            os.dup2(fd, 3 + place)
        environment = dict(os.environ, NOTIFY_SOCKET=self.notify_path)
        for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
            environment.pop(name, None)
        if passed:
            environment["LISTEN_PID"] = str(os.getpid())
            environment["LISTEN_FDS"] = str(len(passed))
            environment["LISTEN_FDNAMES"] = ":".join(name for name, _ in passed)
        os.execvpe(self.options.command[0], self.options.command, environment)

    def start(self):
        if self.main:
            return
        child = os.fork()
        if child == 0:
            try:
                self.become(self.given + self.kept[::-1])
            except OSError as error:
                print(f"manager.py: {error}", file=sys.stderr)
            os._exit(127)
        self.main = child
        self.tell(f"started {child}")
        self.show()

    def kill(self, number):
        if self.main:
            os.kill(self.main, number)

    def on_ended(self, status):
        self.main = 0
        self.code = os.waitstatus_to_exitcode(status)
        self.show()  # first, for those who wait for the event
        self.tell(f"ended signal {-self.code}" if self.code < 0 else f"ended exit {self.code}")
        if self.wanted and self.options.restart:
            self.start()

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.receive_all()  # what it said last, as who is the main process now
            if pid == self.main:
                self.on_ended(status)

    # ---- what it says ----

    def receive_all(self):
        while self.receive():
            pass

    def receive(self):
        room = socket.CMSG_SPACE(struct.calcsize("3i")) + socket.CMSG_SPACE(253 * 4)
        try:
            data, ancillary, _, _ = self.notify.recvmsg(8192, room, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return False
        sender, fds = 0, array.array("i")
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                sender = struct.unpack("3i", value[:12])[0]
            elif level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(value[: len(value) - len(value) % fds.itemsize])
        if sender == self.main:
            fds = self.apply(data.decode(errors="replace").split("\n"), list(fds))
        else:
            self.tell(f"ignored {sender}")
        for fd in fds:
            os.close(fd)
        return True

    def apply(self, lines, fds):
        """Returns the descriptors that were not kept."""
        fields = dict(line.split("=", 1) for line in lines if "=" in line)
        name = fields.get("FDNAME", "stored")
        if not is_name(name):
            name = "stored"
        if fields.get("READY") == "1":
            self.tell("ready")
        if fields.get("WATCHDOG") == "1":
            self.tell("beat")
        if fields.get("STOPPING") == "1":
            self.tell("stopping")
        if "STATUS" in fields:
            self.tell("status " + fields["STATUS"])
        if fields.get("MAINPID", "").isdigit():
            self.main = int(fields["MAINPID"])
            self.tell(f"main {self.main}")
        if fields.get("FDSTOREREMOVE") == "1":
            if not self.options.hoard:
                self.forget(name, "removed")
        elif fields.get("FDSTORE") == "1":
            fds = [fd for fd in fds if not self.keep(name, fd, fields.get("FDPOLL") != "0")]
        self.show()
        return fds

    def keep(self, name, fd, poll):
        same = os.fstat(fd)
        if any(os.path.samestat(os.fstat(other), same) for _, other in self.kept):
            return False
        if len(self.kept) >= self.options.max:
            self.tell(f"refused {name}")
            return False
        self.kept.append((name, fd))
        try:
            if poll:
                self.poller.register(fd, 0)
        except OSError as error:
            if error.errno != errno.EPERM:
                raise
        self.tell(f"stored {name}")
        return True

    def drop(self, fd, why):
        name = next(name for name, other in self.kept if other == fd)
        self.kept.remove((name, fd))
        try:
            self.poller.unregister(fd)
        except KeyError:
            pass
        os.close(fd)
        self.tell(f"{why} {name}")

    def forget(self, name, why):
        for other, fd in list(self.kept):
            if name in (None, other):
                self.drop(fd, why)

    # ---- what it is asked ----

    def obey(self, words):
        if words[:1] == ["kill"]:
            self.kill(int(words[1]) if len(words) > 1 else signal.SIGKILL)
        elif words == ["start"]:
            self.wanted = True
            self.start()
        elif words == ["stop"]:
            self.wanted = False
            self.kill(signal.SIGTERM)
        elif words[:1] == ["forget"]:
            self.forget(words[1] if len(words) > 1 else None, "removed")
            self.show()
        elif words:
            print(f"manager.py: no command: {' '.join(words)}", file=sys.stderr)

    def read_control(self):
        self.unread += os.read(self.control, 4096)
        *lines, self.unread = self.unread.split(b"\n")
        for line in lines:
            self.obey(line.decode().split())

    def on_term(self):
        self.leaving = True
        self.wanted = False
        self.kill(signal.SIGTERM)

    def run(self):
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
        for fd in (reader, self.control, self.notify.fileno()):
            self.poller.register(fd, select.POLLIN)
        self.start()
        while self.main or not self.leaving:
            for fd, _ in self.poller.poll():
                if fd == reader:
                    numbers = os.read(reader, 512)
                    if signal.SIGTERM in numbers or signal.SIGINT in numbers:
                        self.on_term()
                    self.reap()
                elif fd == self.control:
                    self.read_control()
                elif fd == self.notify.fileno():
                    self.receive_all()
                elif any(fd == other for _, other in self.kept):
                    self.drop(fd, "hung")
                    self.show()
        return 128 - self.code if self.code < 0 else self.code


def main():
    parser = argparse.ArgumentParser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("--max", type=int, default=512)
    parser.add_argument("--hoard", action="store_true")
    parser.add_argument("--restart", action="store_true")
    parser.add_argument("--datagram", nargs=2, action="append")
    parser.add_argument("folder")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("which command?")
    sys.exit(Manager(options).run())


main()
