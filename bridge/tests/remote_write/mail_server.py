"""A real SMTP server for the tests, on Debian's aiosmtpd: STARTTLS or TLS, a login, and a folder of mails.

mail_server.py ADDRESS PORT CERTIFICATE KEY FOLDER (starttls|tls)

Nothing is taken without encryption and the login (releve, secret). Each mail becomes a file of FOLDER, *.json, as
Python's own parser reads it. While FOLDER/refuse exists, it holds a command and the answer to it: "RCPT 450 4.2.0 no".
"""

import asyncio
import base64
import email
import email.policy
import json
import os
import ssl
import sys
import uuid

from aiosmtpd.smtp import SMTP, AuthResult


def parsed(content):
    """A mail as a reader's program sees it."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    parts = list(mail.walk())
    return {
        "id": mail["message-id"],
        "to": mail["to"],
        "subject": mail["subject"],
        "references": mail["references"],
        "plain": mail.get_body(("plain",)).get_content(),
        "html": mail.get_body(("html",)).get_content(),
        "pictures": [
            base64.b64encode(part.get_content()).decode() for part in parts if part.get_content_type() == "image/png"
        ],
        "defects": [repr(defect) for part in parts for defect in part.defects],
    }


class Folder:
    """Keeps mails, or refuses them as a file says."""

    def __init__(self, path):
        self.path = path

    def refusal(self, command):
        try:
            with open(os.path.join(self.path, "refuse"), encoding="ascii") as file:
                of, _, answer = file.read().strip().partition(" ")
        except FileNotFoundError:
            return None
        return answer if of == command else None

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = self.refusal("RCPT")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        refusal = self.refusal("DATA")
        if refusal is not None:
            return refusal
        name = os.path.join(self.path, uuid.uuid4().hex)
        with open(name + ".part", "w", encoding="utf-8") as file:
            json.dump(parsed(envelope.original_content), file)
        os.rename(name + ".part", name + ".json")
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, login):
        refusal = self.refusal("AUTH")
        if refusal is not None:
            return AuthResult(success=False, handled=False, message=refusal)
        is_known = (login.login, login.password) == (b"releve", b"secret")
        return AuthResult(success=is_known, handled=False)


async def main(address, port, certificate, key, path, encryption):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    starttls = encryption == "starttls"
    folder = Folder(path)

    def session():
        return SMTP(
            folder,
            hostname="mail.test",
            authenticator=folder.authenticate,
            auth_required=True,
            auth_require_tls=starttls,
            require_starttls=starttls,
            tls_context=context if starttls else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, address, int(port), ssl=None if starttls else context)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
