"""A mail server on a free port, speaking SMTP: ``got`` is what it took, ``refusing`` the code that it answers instead."""

import socketserver
import threading
from email import message_from_bytes, policy


class MailServer:
    def __init__(self):
        self.got, self.to, self.refusing = [], [], 0
        outer = self

        class Session(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(f"{line}\r\n".encode())

            def handle(self):
                self.say("220 here")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb in (b"EHLO", b"HELO"):
                        self.say("250 here")
                    elif verb == b"RCPT":
                        outer.to.append(line.decode().partition("<")[2].partition(">")[0])
                        self.say(f"{outer.refusing} no" if outer.refusing else "250 ok")
                    elif verb == b"DATA":
                        self.say("354 go on")
                        body = b""
                        while (one := self.rfile.readline()) != b".\r\n":
                            body += one[1:] if one.startswith(b"..") else one
                        outer.got.append(message_from_bytes(body, policy=policy.default))
                        self.say("250 kept")
                    elif verb == b"QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def use(settings, server: MailServer) -> None:
    settings.LINLI_MAIL_OUT, settings.LINLI_SMTP_HOST, settings.LINLI_SMTP_PORT = "smtp", "127.0.0.1", server.port
    settings.LINLI_SMTP_TLS, settings.LINLI_MAIL_FROM = "none", "枫杨里社区 <community@example.org>"
