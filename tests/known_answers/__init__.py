"""Known answers, each from the RFC or standard that prints it, and edge sets that are made here.

===============================  ===================================================================================
where it is printed              where it is held
===============================  ===================================================================================
RFC 4231 sections 4.2 to 4.8     test_secrets.py
RFC 5869 appendix A.1 to A.3     test_secrets.py
RFC 6979 appendix A.2.5          tests/crypto/test_signing.py, vectors/signature.json
RFC 7748 sections 5.2, 6.1       test_curves.py
RFC 8032 section 7.1             tests/crypto/test_signing.py, vectors/signature.json; TEST 1024: test_curves.py
RFC 8439 section 2.8.2           test_secrets.py
RFC 8949 appendix A              test_rfc8949.py, all rows; vectors/cbor.json
RFC 9052 appendix C.2.1          test_curves.py
RFC 9106 section 5.3             test_secrets.py
RFC 9180 appendix A.2.1          test_curves.py, tests/vectors_lint/test_hpke.py, the second implementation's own tests
RFC 9285 sections 4.3, 4.4, 6    tests/wire/test_text.py, vectors/text.json
RFC 9679 section 6               tests/crypto/test_signing.py, vectors/thumbprint.json
FIPS 204, samples of NIST's ACVP test_fips204.py
===============================  ===================================================================================

The edge sets are made by vectors/generate: ``edges.py`` has the parts, ``signature_*.py`` the cases of vectors/signature.json.
Here they go through whole messages (``edge_messages.py``) and, for comparison, through bare libraries (``libraries.py``).
"""
