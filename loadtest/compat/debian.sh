# For other scripts to read with "."; not a program.

# debian installs Debian packages with apt-get.
debian() {
	echo "setup: installing $* with apt-get"
	sudo=
	if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
	$sudo apt-get update -q
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}
