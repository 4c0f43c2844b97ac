# SPDX-License-Identifier: MIT
"""Puts statgate.pth beside the package: pyproject.toml has no word for that."""
import os
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildPy(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            os.makedirs(self.build_lib, exist_ok=True)
            shutil.copy("statgate.pth", self.build_lib)

    def get_outputs(self, include_bytecode=1):
        return super().get_outputs(include_bytecode) + [os.path.join(self.build_lib, "statgate.pth")]


setup(cmdclass={"build_py": BuildPy})
