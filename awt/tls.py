"""Whose certificate is good: each connection that is encrypted on our side is made here."""

from typing import Any, Final
from weakref import ref

from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

NO_NAME: Final = (CertificateError, VerificationError)
"""What a certificate fails with that is for another name, or for none."""
BAD_CERTIFICATE: Final = (SSL.Error, *NO_NAME)
"""What a connection fails with whose certificate is not good, or that is not encrypted."""


@implementer(IOpenSSLClientConnectionCreator)
class Creator:
    """Makes connections to one host, a name or an address, that end if its certificate is not good.

    Twisted's own take a certificate in which no name stands for one of any host, and no name with `_`.
    `trust`: whom to believe, by default the authorities of the system.
    """

    def __init__(self, host: str, trust: Any = None) -> None:
        self._host = host
        self._options = CertificateOptions(trustRoot=platformTrust() if trust is None else trust)

    def clientConnectionForTLS(self, tls: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802
        """Return a connection that verifies (`IOpenSSLClientConnectionCreator`)."""
        is_address = isIPAddress(self._host) or isIPv6Address(self._host)
        wanted = IPAddress_ID(self._host) if is_address else DNS_ID(self._host)
        asking = ref(tls)

        def verify(_: SSL.Connection, certificate: Any, _error: int, depth: int, ok: int) -> bool:
            if depth:
                return bool(ok)
            try:
                verify_service_identity(extract_patterns(certificate), [wanted], [])
            except (*NO_NAME, ValueError):  # a ValueError: what stands there is no name at all
                protocol = asking()
                if protocol is not None:
                    protocol.failVerification(Failure())
                return False
            return bool(ok)

        connection: SSL.Connection = self._options.clientConnectionForTLS(tls)
        if isinstance(wanted, DNS_ID):
            connection.set_tlsext_host_name(wanted.hostname)
        connection.set_verify(SSL.VERIFY_PEER, verify)
        return connection


@implementer(IPolicyForHTTPS)
class Verifying:
    """The same for a client of Twisted."""

    def __init__(self, trust: Any = None) -> None:
        self._trust = trust

    def creatorForNetloc(self, hostname: bytes, port: int) -> Creator:  # noqa: ARG002, N802
        """Return the creator of connections to a host (`IPolicyForHTTPS`)."""
        return Creator(hostname.decode("ascii"), self._trust)
