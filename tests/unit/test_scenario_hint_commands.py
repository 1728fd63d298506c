"""A hint's command is typed into the learner's shell: kubectl on the cluster, no more."""

from __future__ import annotations

import pytest

from breakfix.scenario.hint_commands import harmless


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kubectl get pods",
        "kubectl -n shop get events --sort-by=.lastTimestamp | tail -5",
        "kubectl -n shop logs deploy/front --tail=5 -f | grep -i error",
        "kubectl --namespace=shop describe pod/front-0",
        "kubectl -n shop debug -it deploy/front --image=busybox:1.36 --profile=general -- sh",
        "kubectl -n shop exec deploy/load -- sh -c 'wget -qO- http://front; echo $?'",
        "kubectl get pvc -o 'jsonpath={.items[*].status.phase}'",
        'kubectl get pvc -o jsonpath="{.status.phase}"',
        "kubectl auth can-i get pods --as=system:serviceaccount:shop:front",
        "kubectl -n shop get pods -l app=front,tier!=db".replace("!=", "="),
    ],
)
def test_accepted(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rm -rf /", "it runs kubectl, nothing else"),
        ("A=b kubectl get pods", "it runs kubectl, nothing else"),
        ("./kubectl get pods", "it runs kubectl, nothing else"),
        ("kubectl get pods; ls", "it runs kubectl without shell syntax; found ';'"),
        ("kubectl get pods && ls", "it runs kubectl without shell syntax; found '&'"),
        ("kubectl get pods > x", "it runs kubectl without shell syntax; found '>'"),
        ("kubectl get $(ls)", "it runs kubectl without shell syntax; found '$'"),
        ("kubectl get `ls`", "it runs kubectl without shell syntax; found '`'"),
        ("kubectl get (ls)", "it runs kubectl without shell syntax; found '('"),
        ("kubectl get !rm", "it runs kubectl without shell syntax; found '!'"),
        ("kubectl get \\x", "it runs kubectl without shell syntax; found '\\\\'"),
        ('kubectl get "$(ls)"', "use single quotes; '$' means something in double ones"),
        ('kubectl get "`ls`"', "use single quotes; '`' means something in double ones"),
        ("kubectl get 'x", "it has a quote without its end"),
        ("kubectl get pods\nls", "it is one line without control characters"),
        ("kubectl get pods | sh", "it pipes into grep, head, tail, wc only"),
        ("kubectl get pods |", "it pipes into grep, head, tail, wc only"),
        ("kubectl get pods || ls", "it runs one command; found '||'"),
        ("kubectl cp shop/x:/a /tmp/b", "it cannot run kubectl cp"),
        ("kubectl config view", "it cannot run kubectl config"),
        ("kubectl -n get cp a b", "it cannot run kubectl cp"),
        ("kubectl", "it cannot run kubectl"),
        ("kubectl --kubeconfig=evil get pods",
         "it cannot use --kubeconfig=evil: that reaches beyond the cluster"),
        ("kubectl get pods -s https://evil",
         "it cannot use -s: that reaches beyond the cluster"),
    ],
)  # fmt: skip
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared whole
        harmless(text)
    assert str(caught.value) == reason
