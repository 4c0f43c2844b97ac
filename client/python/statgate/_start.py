# SPDX-License-Identifier: MIT
"""What statgate.pth imports at the start of each interpreter with STATGATE_PROMETHEUS=1. Not all of the path is there yet, so the
drop-in follows the program's own import of prometheus_client."""
import importlib.util
import sys


class _Finder:
    is_asking = False

    def find_spec(self, name, path=None, target=None):
        if name != "prometheus_client" or self.is_asking:
            return None
        self.is_asking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.is_asking = False
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                importlib.import_module("statgate.prometheus")
            spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _Finder())
