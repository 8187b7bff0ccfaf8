"""What pyproject.toml cannot say: which folders of the checkout a wheel carries inside of the package, and as what.

`webapp.config.places` finds them there.
"""

from setuptools import find_packages, setup

BESIDE = ("templates", "static", "migrations")
INSIDE = {f"webapp.{name}": name for name in BESIDE}

setup(
    packages=[*find_packages(include=["webapp", "webapp.*"]), *INSIDE],
    package_dir=INSIDE,
    package_data={package: ["*", "**/*"] for package in INSIDE},
    exclude_package_data={package: ["**/__pycache__/*", "__pycache__/*"] for package in INSIDE},
)
