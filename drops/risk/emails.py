"""
Which mailbox an e-mail address leads to, and whether it is one that is thrown away.
"""

from disposable_email_domains import blocklist

_IGNORES_DOTS = {"gmail.com"}
_SAME_AS = {"googlemail.com": "gmail.com"}


def canonical_email(address: str) -> str:
    """
    Return one spelling for all addresses of a mailbox: lower case, nothing after a plus, no dots where they count for
    nothing; "" for what is no address.
    """
    name, at, domain = address.strip().casefold().rpartition("@")
    if not at or not name or not domain:
        return ""
    domain = _SAME_AS.get(domain, domain)
    name = name.split("+", 1)[0] or name
    if domain in _IGNORES_DOTS:
        name = name.replace(".", "") or name
    return f"{name}@{domain}"


def is_disposable(address: str) -> bool:
    """Tell whether an address is of a service that gives mailboxes for minutes, also by a subdomain of one."""
    labels = address.strip().casefold().rpartition("@")[2].split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
