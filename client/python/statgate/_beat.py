# SPDX-License-Identifier: MIT
"""The lock that everything here shares, and the thread that sends what is held, four times a second while there is any.

The thread ends before a fork, so no child finds a lock that nobody gives back, and Python has no threads to warn of; parent and
child start their own when they need one. Where no thread runs, as in uWSGI without --enable-threads, the uses of metrics send
what is held instead.
"""
import atexit
import os
import signal
import sys
import threading
import time

PERIOD_S = 0.25
JOIN_S = 0.1  # a beat that takes longer calls a function of the program, which may wait for what we do

# Re-entrant, since a signal handler or a finalizer may use metrics in the midst of a use.
lock = threading.RLock()

_OWN_FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT}

_calls = []  # functions; each returns whether it wants to be called again without a new need
_after_fork = []
_thread = None
_wake = threading.Event()
_within = threading.local()
_forks = 0  # that are under way
_is_last = False
_called_s = _functions_s = 0.0


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


def is_last():
    """Whether the process ends: no beat comes by itself any more."""
    return _is_last


def beat():
    """Calls all functions once. Returns whether one wants more. Whatever one raises, the others and the next beats go on."""
    global _called_s
    if getattr(_within, "beat", False):
        return True  # what is called uses metrics
    _called_s = time.monotonic()
    wanted = False
    _within.beat = True
    for function in tuple(_calls):
        try:
            wanted = function() or wanted
        except BaseException:  # pylint: disable=broad-except
            wanted = True
    _within.beat = False
    return wanted


def is_running():
    """Whether what is held is sent without any further use."""
    return _thread is not None and not _is_last and not _is_daemonic()


def may_call():
    """Whether functions of the program are called in this beat: in our thread, or where there is none, four times a second."""
    global _functions_s
    if has_threads:
        return threading.current_thread() is _thread
    is_due = not _is_last and time.monotonic() - _functions_s >= PERIOD_S
    _functions_s = time.monotonic() if is_due else _functions_s
    return is_due


def need(for_functions=False):
    """Says that something is held, or that functions are to be called: sees to it."""
    global _thread, has_threads, _was_running
    at_once = _is_last or _is_daemonic()
    if _thread is not None and not at_once:
        return
    if has_threads and not _is_last and _thread is None and (for_functions or not at_once):
        with lock:
            if _forks:
                _was_running = True
            if _thread is not None or _forks:
                return
            _wake.clear()
            try:
                _thread = threading.Thread(target=_run, name="statgate", daemon=True)
                _thread.start()
                return
            except RuntimeError:  # no thread can be had, or the interpreter ends
                _thread = None
                has_threads = False
    if at_once or time.monotonic() - _called_s >= PERIOD_S:
        beat()


def _run():
    global _thread
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - _OWN_FAULTS)  # all else is for the program's threads
    this, idle = threading.current_thread(), 0
    while not _wake.wait(PERIOD_S) and _thread is this:
        idle = 0 if beat() else idle + 1
        if idle == 8:  # two seconds: an idle process has no thread
            with lock:
                if _thread is this:
                    _thread = None
            if beat():
                need()
            return


def _stop():
    """Ends the thread, or leaves it to its end if that takes long."""
    global _thread
    with lock:
        thread, _thread = _thread, None
    if thread is not None and thread is not threading.current_thread():
        _wake.set()
        thread.join(JOIN_S)
    return thread is not None


def _before_fork():
    global _forks, _was_running
    _with_multiprocessing()
    with lock:
        _forks += 1
    _was_running = _stop() or _was_running
    lock.acquire()


def _in_parent():
    global _forks, _was_running
    _forks -= 1
    again, _was_running = _was_running, False
    lock.release()
    if again:
        need()


def _in_child():
    global _forks, _thread, _wake, _was_running
    lock._at_fork_reinit()  # where the fork is not Python's, as with uWSGI, another thread may have held it
    _forks, _thread, _wake, _was_running = 0, None, threading.Event(), False
    _within.beat = False
    for function in _after_fork:
        function()


def _at_exit():
    global _is_last
    _is_last = True
    _stop()
    beat()


def _with_multiprocessing():
    """Its processes end without the functions of atexit, but call finalizers of their own, which a child has to register."""
    global _is_with_multiprocessing
    util = sys.modules.get("multiprocessing.util")
    if util is not None and not _is_with_multiprocessing:
        _is_with_multiprocessing = True
        util.register_after_fork(beat, _finish_with_multiprocessing)
        if sys.modules["multiprocessing.process"].parent_process() is not None:
            _finish_with_multiprocessing()


def _finish_with_multiprocessing(*_):
    sys.modules["multiprocessing.util"].Finalize(None, _at_exit, exitpriority=-100)


def _is_daemonic():
    """Whether this is a process that multiprocessing ends by SIGTERM at any time, as it does those of a Pool."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.current_process().daemon


_was_running = _is_with_multiprocessing = False
_with_multiprocessing()
os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
atexit.register(_at_exit)
