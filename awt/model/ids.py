"""Ids that follow from what they name."""

import hashlib


def stable_id(*parts: str) -> str:
    """Return the UUID (version 8, RFC 9562) of some words: the same for the same ones."""
    key = "\n".join(parts).encode(errors="surrogatepass")
    made = hashlib.blake2b(key, digest_size=16).hexdigest()
    return f"{made[:8]}-{made[8:12]}-8{made[13:16]}-a{made[17:20]}-{made[20:]}"
