#!/usr/bin/env bash
# Installs the system packages that one purpose needs, and does nothing when they are there.
#
#   tests/system-packages.sh python   what `python3 -m venv` needs
#   tests/system-packages.sh demo     the command in the lines that the demo prints to be pasted
#   tests/system-packages.sh test     a browser, an Arabic typeface, what installs the providers that are not ours,
#                                     the command in the lines of the demo, a hardware module in software
#   tests/system-packages.sh bench    a load generator, and a back end faster than whatever is measured
set -euo pipefail

present() { command -v "$1" >/dev/null 2>&1; }
python=${PYTHON:-python3}
has_venv() { ! present "$python" || "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }
has_browser() { present chromium || present chromium-browser || present google-chrome; }
# The driver of the browser is a program of Node.js, which needs this library of the compiler.
libraries=${LIBRARIES:-/usr/lib}
has_atomic() { compgen -G "$libraries/libatomic.so.1" >/dev/null || compgen -G "$libraries/*/libatomic.so.1" >/dev/null; }
has_arabic() { present fc-list && [ -n "$(fc-list :lang=ar family)" ]; }

missing=()
case "${1:-}" in
    python)
        present "$python" || missing+=(python3 python3-venv)
        has_venv || missing+=(python3-venv)
        ;;
    demo)
        present curl || missing+=(curl)
        ;;
    test)
        has_browser || missing+=(chromium)
        has_atomic || missing+=(libatomic1)
        has_arabic || missing+=(fontconfig fonts-noto-core)
        present npm || missing+=(npm)
        present curl || missing+=(curl)
        present softhsm2-util || missing+=(softhsm2)
        ;;
    bench)
        present wrk || missing+=(wrk)
        present nginx || missing+=(nginx-light)
        ;;
    *)
        echo "usage: $0 python|demo|test|bench" >&2
        exit 2
        ;;
esac
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
if ! present apt-get || { [ "${#as_root[@]}" -gt 0 ] && ! present sudo; }; then
    echo "Bawaba needs these system packages (named as in Debian): ${missing[*]}." >&2
    echo "Install them with your package manager, then run the same command again." >&2
    exit 1
fi
echo "Installing system packages: ${missing[*]}"
install() {
    "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
if ! output=$(install 2>&1); then
    echo "$output" >&2
    echo "apt-get could not install: ${missing[*]}" >&2
    exit 1
fi
