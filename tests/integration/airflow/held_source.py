"""A source of data that a test holds back, and so keeps a run under way for as long as it wants."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from veleta_host import batch_text


class HeldSource:
    """One batch over HTTP, held back until it is let go."""

    def __init__(self):
        self.go, held = threading.Event(), self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                held.go.wait()
                body = batch_text(60, 1).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/csv")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:  # of a host that was killed
                    pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def toml(self):
        return f'plugin = "http"\nurl = "http://127.0.0.1:{self.server.server_port}/"\nformat = "csv"'
