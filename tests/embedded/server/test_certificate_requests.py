"""certificatesigningrequests: verdicts go through /approval, certificates through /status."""

from __future__ import annotations

import base64

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.embedded.cluster_fixture import running

PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
MERGE = "application/merge-patch+json"


def request() -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


async def test_approval_changes_conditions_and_metadata_alone() -> None:
    async with running() as (_, http):
        spec = {"request": request(), "signerName": "x.io/own", "usages": ["client auth"]}
        body = {"metadata": {"name": "one"}, "spec": spec}
        assert (await http.ask("POST", PATH, body))[0] == 201
        verdict = {"type": "Approved", "status": "True", "reason": "Mine"}
        patch = {"metadata": {"annotations": {"a": "b"}}, "spec": {"username": "else"},
                 "status": {"certificate": "eA==", "conditions": [verdict]}}  # fmt: skip
        status, found = await http.ask("PATCH", f"{PATH}/one/approval", patch, content=MERGE)
        assert (status, found["metadata"]["annotations"]) == (200, {"a": "b"})
        assert found["spec"]["username"] != "else"
        condition = found["status"].pop("conditions")[0]
        assert found["status"] == {}
        assert condition.pop("lastUpdateTime") == condition.pop("lastTransitionTime")
        assert condition == verdict
        status, _ = await http.ask(
            "PATCH", f"{PATH}/one/status", {"status": {"conditions": []}}, content=MERGE
        )
        assert status == 422
