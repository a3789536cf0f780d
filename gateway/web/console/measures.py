"""What the operators' console counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from gateway.identity.operators.operator import Role


class OperatorMeasures:
    """Glass that was broken, and the alarms that nobody else has looked at yet."""

    def __init__(self, registry: CollectorRegistry) -> None:
        broken = Counter("bawaba_operator_break_glass", "Higher roles taken for a while.", ("role",), registry=registry)
        self._broken = {role: broken.labels(role.value) for role in Role}
        self._alarms = Gauge(
            "bawaba_operator_alarms",
            "Glass broken, and not acknowledged by another operator.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )

    def broken(self, role: Role) -> None:
        """Counts one."""
        self._broken[role].inc()

    def show(self, alarms: int) -> None:
        """Takes over how many alarms stand."""
        self._alarms.set(alarms)
