"""Running under systemd.

    notify     what the program tells the service manager (sd_notify(3))
    heartbeat  pings of the watchdog that mean "there is progress", not "there is a process"
    units      the unit files, with this machine's paths put in
    systemctl  asking systemd
    install    `service install`, `uninstall`, `show`

The unit files are those of `systemd/` at the top of the repository; `files` here is a link to that folder, and
real files in a wheel.
"""
