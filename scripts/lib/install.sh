# Installs what the scripts here need. Sourced; works from the repository's root.

# Debian keeps servers where only root looks.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# Debian packages: need PROGRAM:PACKAGE … installs the packages of the programs that are missing.
# Where we are not root it prints the one command that does, and ends the script.
need() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]}. On Debian, install them with:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "Installing ${missing[*]} …"
  install_packages "${missing[@]}"
}

# The packages would start their servers at once; this machine did not ask for any.
install_packages() (
  set -e
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install: $*. Its whole output is in $log" >&2
    exit 1
  fi
  rm -f "$log"
)

# npm packages, where they are not those of the lock file; Node 24 is one of them.
need_modules() {
  if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
    echo "npm or node is missing. Install Node 20 or newer with npm; Node 24 then comes with the packages." >&2
    exit 1
  fi
  if node scripts/lib/modules-stale.mjs; then
    echo "Installing npm packages …"
    npm ci --no-audit --no-fund --loglevel=error </dev/null
  fi
  export PATH="$PWD/node_modules/.bin:$PATH"
}
