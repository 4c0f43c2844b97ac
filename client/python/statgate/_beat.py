# SPDX-License-Identifier: MIT
"""The lock that everything here shares, and the thread that sends what is held, four times a second while there is any.

The thread ends before a fork, so no child finds a lock that nobody gives back, and Python has no threads to warn of; parent and
child start their own when they need one. Where no thread runs, as in uWSGI without --enable-threads, the uses of metrics send
what is held instead.
"""
import atexit
import os
import threading
import time

PERIOD_S = 0.25

# Re-entrant, since a signal handler or a finalizer may use metrics in the midst of a use.
lock = threading.RLock()

_calls = []  # functions; each returns whether it wants to be called again without a new need
_after_fork = []
_thread = None
_wake = threading.Event()
_ending = False
_called_s = 0.0


def _has_threads():
    try:
        import uwsgi
    except ImportError:
        return True
    return bool({"enable-threads", "threads", b"enable-threads", b"threads"} & set(getattr(uwsgi, "opt", {})))


has_threads = _has_threads()


def on_beat(function):
    """Calls the function at each beat from the next need() on, until it returns False."""
    with lock:
        _calls.append(function)


def off_beat(function):
    """Calls it no more."""
    with lock:
        if function in _calls:
            _calls.remove(function)


def after_fork(function):
    """Calls the function in each child of a fork."""
    _after_fork.append(function)


def beat():
    """Calls all functions once. Returns whether one wants more."""
    global _called_s
    _called_s = time.monotonic()
    wanted = False
    for function in tuple(_calls):
        wanted = function() or wanted
    return wanted


def need():
    """Says that something is held: sees to it that it will be sent."""
    global _thread, has_threads
    if _thread is not None:
        return
    if has_threads:
        thread = threading.Thread(target=_run, name="statgate", daemon=True)
        with lock:
            if _thread is not None or _ending:
                return
            _thread = thread
            _wake.clear()
            try:
                thread.start()
                return
            except RuntimeError:  # no thread can be had, or the interpreter ends
                _thread = None
                has_threads = False
    if time.monotonic() - _called_s >= PERIOD_S:
        beat()


def _run():
    global _thread
    idle = 0
    while not _wake.wait(PERIOD_S):
        idle = 0 if beat() else idle + 1
        if idle == 8:  # two seconds: an idle process has no thread
            with lock:
                if not beat():
                    _thread = None
                    return
                idle = 0


def _stop():
    thread = _thread
    if thread is None or thread is threading.current_thread():
        return
    _wake.set()
    thread.join()


def _before_fork():
    global _ending, _thread
    _ending = True
    _stop()
    lock.acquire()
    if _thread is not threading.current_thread():
        _thread = None


def _in_parent():
    global _ending
    _ending = False
    more = beat()
    lock.release()
    if more:
        need()


def _in_child():
    global _ending, _thread
    _ending = False
    _thread = None
    for function in _after_fork:
        function()
    lock.release()


def _at_exit():
    global _ending
    _ending = True
    _stop()
    beat()


os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
atexit.register(_at_exit)
