"""Wait until every server of the lab accepts connections: `wait_ports.py SECONDS ADDRESS:PORT...`.

Runs in the client's namespace. Prints what never came up and ends with 1, or ends with 0.
"""

import socket
import sys
import time


def accepts(place):
    address, _, port = place.partition(":")
    try:
        with socket.create_connection((address, int(port)), timeout=0.5):
            return True
    except OSError:
        return False


def main(seconds, places):
    end = time.monotonic() + float(seconds)
    while True:
        places = [place for place in places if not accepts(place)]
        if not places:
            return 0
        if time.monotonic() > end:
            print("no answer from " + ", ".join(places))
            return 1
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
