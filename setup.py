"""What pyproject.toml cannot say: which folders of the checkout a wheel carries inside of the package.

`webapp.config.places` finds them there.
"""

from setuptools import setup
from setuptools.command.build_py import build_py

INSIDE = {f"webapp.{name}": name for name in ("templates", "static", "migrations", "docs")}
#: What of a folder goes into a wheel where it is not all of it: the documents that an installation serves, which
#: `webapp.documentation` lists as well.
ONLY = {"webapp.docs": ["api.md", "imports.md", "mcp.md", "webhooks.md", "terraform/*"]}


class BuildWithFolders(build_py):
    def finalize_options(self) -> None:
        wheel = self.distribution
        wheel.packages = [*wheel.packages, *(package for package in INSIDE if package not in wheel.packages)]
        wheel.package_dir = {**(wheel.package_dir or {}), **INSIDE}
        wheel.package_data = {
            **(wheel.package_data or {}),
            **{key: ONLY.get(key, ["*", "**/*"]) for key in INSIDE},
        }
        wheel.exclude_package_data = {key: ["__pycache__/*", "**/__pycache__/*"] for key in INSIDE}
        super().finalize_options()


setup(cmdclass={"build_py": BuildWithFolders})
