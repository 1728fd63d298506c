"""The group autoscaling."""

from breakfix.embedded.kinds.autoscaling.autoscaler import HorizontalPodAutoscalers
from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    "horizontalpodautoscalers.autoscaling": HorizontalPodAutoscalers(),
}
