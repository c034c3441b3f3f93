"""The command palette: every action of the screen shown, by name."""

from __future__ import annotations

from textual.command import DiscoveryHit, Hit, Hits, Provider

from advisor.tui.actions import EVERYWHERE, Action, actions_of


class ActionProvider(Provider):
    """Offers what the registry lists for the screen shown."""

    def _actions(self) -> list[Action]:
        where = str(getattr(self.screen, "name_of_stage", EVERYWHERE))
        return [one for one in actions_of(where) if one.id != "command_palette"]

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for one in self._actions():
            yield DiscoveryHit(self._name(one), self._runner(one), help=one.help)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for one in self._actions():
            score = matcher.match(f"{one.label} {one.help}")
            if score > 0:
                yield Hit(score, self._name(one), self._runner(one), help=one.help)

    @staticmethod
    def _name(action: Action) -> str:
        return f"{action.label} ({action.key})"

    def _runner(self, action: Action):  # type: ignore[no-untyped-def]
        target = "app" if action.where == EVERYWHERE else "screen"
        screen = self.screen

        async def run() -> None:
            namespace = self.app if target == "app" else screen
            await self.app.run_action(action.id, default_namespace=namespace)

        return run
