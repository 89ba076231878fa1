"""Running as a systemd service.

    notify     messages to the service manager (sd_notify(3))
    heartbeat  watchdog pings that mean "there is progress", not "there is a process"
    units      the unit files, with this machine's paths filled in
    systemctl  calls of systemctl(1)
    install    `service install`, `uninstall`, `show`

The unit files are those in `systemd/` at the root of the repository; `files` here is a link to that folder, and
contains the files themselves in a wheel.
"""
