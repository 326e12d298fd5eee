"""A bounded Dolev-Yao model of the protocol: what spec/model/README.md says is explored here, by ``python -m tests.model``.

``terms`` is cryptography taken as perfect, ``messages`` what is sent, ``terminal``, ``phone`` and ``issuer`` the honest
roles' rules, ``attacker`` whoever controls every QR code and every line, ``explore`` the search.
"""
