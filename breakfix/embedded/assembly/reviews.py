"""What is asked by creating an object that is never stored: reviews and tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from breakfix.embedded.auth import access_review
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.token_review import self_subject_review, token_request, token_review
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.clock import Clock
from breakfix.embedded.objects import Object, timestamp
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.served import Served
from breakfix.embedded.registry.subresources import Subresources
from breakfix.embedded.server.verbs import Resources

AUTHENTICATION, AUTHORIZATION = "authentication.k8s.io", "authorization.k8s.io"


def add_reviews(
    resources: Resources, subresources: Subresources, tokens: Tokens, rbac: Rbac, clock: Clock
) -> None:
    """Let the server answer them."""

    def told(
        ask: Callable[[Asked, Object], Object],
    ) -> Callable[[Asked, Object], Awaitable[Object]]:
        async def answer(asked: Asked, body: Object) -> Object:
            return ask(asked, body)

        return answer

    found: dict[str, Callable[[Asked, Object], Object]] = {
        f"tokenreviews.{AUTHENTICATION}": lambda _, b: token_review(tokens, b),
        f"selfsubjectreviews.{AUTHENTICATION}": lambda a, _: self_subject_review(
            a.user, timestamp(clock.now())
        ),
        f"subjectaccessreviews.{AUTHORIZATION}": lambda _, b: access_review.subject_access_review(
            rbac.decide, b
        ),
        f"selfsubjectaccessreviews.{AUTHORIZATION}": lambda a, b: (
            access_review.self_subject_access_review(rbac.decide, b, a.user)
        ),
        f"localsubjectaccessreviews.{AUTHORIZATION}": lambda a, b: (
            access_review.local_subject_access_review(rbac.decide, b, a.namespace)
        ),
        f"selfsubjectrulesreviews.{AUTHORIZATION}": lambda a, b: (
            access_review.self_subject_rules_review(rbac, b, a.user)
        ),
    }
    resources.virtual |= {key: told(ask) for key, ask in found.items()}

    async def token(served: Served, asked: Asked, body: Object) -> Object:
        del served
        return token_request(tokens, body, asked.namespace, asked.name)

    subresources.posts["serviceaccounts", "token"] = token
