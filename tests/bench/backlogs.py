"""The pace at which many waiting lists are imported."""

import os
import time

from office import Late


class Pace:
    """Waits until reports are there, without disturbing the one who writes them."""

    def __init__(self, office, reports, patience=120):
        missing, deadline = list(reports), time.monotonic() + patience
        while missing:
            if time.monotonic() > deadline:
                raise Late(f"{len(missing)} of {len(reports)} reports; the end of the log:\n{office.log()}")
            time.sleep(0.05)
            while missing and missing[-1].exists():
                missing.pop()
        # A rename changes this time. The one before it, of the content, may be that of another file system call.
        self.moments = sorted(os.stat(report).st_ctime_ns / 1e9 for report in reports)

    @property
    def files_per_second(self):
        """From the first report to the last, so that the start of the program does not count."""
        return (len(self.moments) - 1) / (self.moments[-1] - self.moments[0])


def pace_of_services(office, count, rows, services=1, configs=(None,)):
    reports = office.put(count, rows)
    for i in range(services):
        office.service(configs[i % len(configs)])
    pace = Pace(office, reports).files_per_second
    office.stop()
    return pace


def pace_of_floor(office, count, rows, *options):
    reports = office.put(count, rows)
    office.start(office.floor_command("--once", *options))
    pace = Pace(office, reports).files_per_second
    office.stop()
    return pace
