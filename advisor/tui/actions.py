"""Every action with its key, label, help and place: keys, key bar, help and palette read this.

An action is carried out by a method `action_<id>` of the app or of the screen named in `where`.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something the user can do."""

    id: str
    """Name of the method without `action_`, with its arguments where it has some."""
    keys: str
    """Keys, separated by commas; the first is the one shown."""
    label: str
    """One or two words for the key bar."""
    help: str
    """One sentence for the help screen and the palette."""
    where: str = EVERYWHERE
    """Name of the screen; empty: everywhere."""
    bar: int = 0
    """Place in the key bar, 1 first; 0: not shown there."""
    shown: str = ""
    """How the key is written for people; by default from `keys`."""

    @property
    def key(self) -> str:
        """The key as people read it."""
        return self.shown or _NAMES.get(self.keys.split(",")[0], self.keys.split(",")[0])


_NAMES = {
    "question_mark": "?",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "ctrl+p": "^p",
    "ctrl+q": "^q",
    "backspace": "Bksp",
    "left": "←",
    "right": "→",
    "slash": "/",
}

HELP = Action("help", "question_mark,f1", "Help", "Show what each key does here.", bar=1)
QUIT = Action("leave", "q,ctrl+q", "Quit", "Close; everything is kept for next time.", bar=2)

STAGES: tuple[tuple[str, str, str, str], ...] = (
    ("ask", "a", "Ask", "Answer the questions."),
    ("review", "r", "Review", "See and change every answer."),
    ("priorities", "p", "Priorities", "Say what matters to you, or leave it to the answers."),
    ("probe", "m", "Measure", "Measure both frameworks on this machine."),
    ("verdict", "v", "Verdict", "See the recommendation and why."),
    ("export", "e", "Report", "Preview the report and write it to a file."),
)
"""Screen, key, label and help of each stage, in the order of the work."""

ACTIONS: tuple[Action, ...] = (
    HELP,
    QUIT,
    *(Action(f"go('{name}')", key, label, text) for name, key, label, text in STAGES),
    Action("go('browse')", "b", "Rules", "Search every rule, gate and piece of evidence."),
    Action("go('history')", "h", "History", "Go back to an earlier session."),
    Action("go('welcome')", "0", "Start", "Go to the start screen."),
    Action("show_command", "c", "Command", "Show the command line that does the same.",
           bar=10),
    Action("next_theme", "t", "Theme", "Switch between dark, light and high contrast.",
           bar=11),
    Action("command_palette", "ctrl+p", "Palette", "Find any action by its name."),
    Action("step_back", "escape", "Back", "Close this, or go back to the questions.", bar=9),
    # the questions
    Action("accept", "enter", "Next", "Take the answer and go on.", "ask", 3),
    Action("pick", "space", "Pick", "Pick or unpick the marked option.", "ask", 4),
    Action("back", "left,backspace", "Back", "Return to the question before.", "ask", 5),
    Action("forward", "right,n", "Skip", "Go on without answering now.", "ask", 7),
    Action("unsure", "u", "Don't know", "Answer that you do not know, and go on.", "ask", 6),
    Action("why", "w", "Why", "Why this is asked, what it can change, its sources.", "ask", 8),
    # review
    Action("open", "enter", "Change", "Go to the marked question.", "review", 3),
    Action("forget", "delete,d", "Clear", "Take the answer back.", "review", 4, "Del"),
    # priorities
    Action("method('none')", "1", "By answers", "Let the answers say what matters.", "priorities"),
    Action("method('rank')", "2", "Rank", "Put the criteria in order.", "priorities"),
    Action("method('swings')", "3", "Swings", "Give each criterion points.", "priorities"),
    Action("more", "plus,right,shift+up", "More", "Up in the order, or 5 points more.",
           "priorities", 3, "+"),
    Action("less", "minus,left,shift+down", "Less", "Down in the order, or 5 points less.",
           "priorities", 4, "-"),
    # the probe
    Action("start", "s", "Start", "Start measuring.", "probe", 3),
    Action("level", "l", "Length", "Choose quick, default or thorough.", "probe", 4),
    Action("deploy", "d", "Targets", "Also try the ways to your targets, or not.", "probe", 7),
    Action("skip", "n", "Skip", "Skip the workload being measured.", "probe", 5),
    Action("cancel", "x", "Stop", "Stop measuring; what was measured is kept.", "probe", 6),
    # the verdict
    Action("card", "enter", "Evidence", "Show what the marked line rests on.", "verdict", 3),
    Action("turn_tab(1)", "right,n", "Next part", "Show the next part; 1 to 6 show each.", "verdict", 4),
    Action("keep", "y", "Keep", "Keep the changed answers.", "verdict"),
    Action("undo", "z", "Undo", "Take the changed answers back.", "verdict"),
    # browser
    Action("search", "slash,f", "Search", "Search rules and evidence.", "browse", 3),
    Action("card", "enter", "Open", "Show the marked rule or evidence.", "browse", 4),
    # history
    Action("open", "enter", "Go on", "Go on with the marked session.", "history", 3),
    Action("remove", "delete,d", "Delete", "Delete the marked session.", "history", 4, "Del"),
    # export
    Action("write", "w", "Write", "Write the report to the file.", "export", 3),
    Action("format", "f", "Format", "Choose another format.", "export", 4),
)  # fmt: skip


def stage_label(name: str) -> str:
    """What a screen is called for people."""
    return next((one.label for one in ACTIONS if one.id == f"go('{name}')"), name.capitalize())


def actions_of(where: str) -> tuple[Action, ...]:
    """The actions of one screen, then those of everywhere."""
    own = tuple(one for one in ACTIONS if one.where == where != EVERYWHERE)
    return own + tuple(one for one in ACTIONS if one.where == EVERYWHERE)


def bindings(where: str) -> list[Binding]:
    """Key bindings for the class of a screen, or of the app with `EVERYWHERE`."""
    return [
        Binding(one.keys, one.id, one.label, id=f"{where or 'app'}.{one.id}", show=False)
        for one in ACTIONS
        if one.where == where
    ]


def bar_actions(where: str) -> tuple[Action, ...]:
    """What the key bar shows: help and quit first, always; the rest as far as there is room."""
    return tuple(sorted((one for one in actions_of(where) if one.bar), key=lambda one: one.bar))
