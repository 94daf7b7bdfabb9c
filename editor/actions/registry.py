"""The registry of all actions: whatever has a key is here, in a menu, and in the shortcut editor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec, Context, translated
from editor.actions.table import MENUS, SUBMENU_PLACES
from editor.look.icons import icon
from editor.settings import Settings

PORTABLE = QKeySequence.SequenceFormat.PortableText
# macOS moves these into the menu that bears the program's name.
_ROLES = {"file.quit": QAction.MenuRole.QuitRole, "edit.preferences": QAction.MenuRole.PreferencesRole,
          "help.about": QAction.MenuRole.AboutRole}


class Actions(QObject):
    """Holds an action from the moment that there are parts it can work on.

    Signals:
        carriedOut: an action was chosen and has done what it does.
        shortcutsChanged: keys were changed in the shortcut editor.
    """

    carriedOut = Signal()
    shortcutsChanged = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._actions: dict[str, QAction] = {}
        self._specs: dict[str, ActionSpec] = {}
        self._parts: dict[str, Parts] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._widgets: dict[Context, list[QWidget]] = {context: [] for context in Context}

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __contains__(self, action_id: object) -> bool:
        return action_id in self._actions

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def get(self, action_id: str) -> QAction | None:
        """An action, or None when there is none of that name."""
        return self._actions.get(action_id)

    def spec(self, action_id: str) -> ActionSpec:
        """What was declared about an action."""
        return self._specs[action_id]

    def add(self, spec: ActionSpec, parts: Parts) -> QAction:
        """Make an action.

        Args:
            spec: all about it.
            parts: what it works on.

        Raises:
            ValueError: there is one of that name.
        """
        if spec.id in self._actions:
            raise ValueError(f"there are two actions named {spec.id}")
        action = QAction(translated(spec.text), self)
        action.setObjectName(spec.id)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setStatusTip(translated(spec.tip))
        action.setCheckable(spec.checked is not None)
        # There the place of the icon belongs to the tick.
        action.setIconVisibleInMenu(spec.checked is None)
        action.setAutoRepeat(spec.repeats)
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(self))
            group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
            group.addAction(action)
        action.setShortcutContext(
            Qt.ShortcutContext.WindowShortcut if spec.context is Context.WINDOW
            else Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(self._carry_out)
        self._actions[spec.id], self._specs[spec.id], self._parts[spec.id] = action, spec, parts
        self._show_keys(spec.id, self._settings.shortcuts.get(spec.id))
        for widget in self._widgets[spec.context]:
            widget.addAction(action)
        return action

    def _carry_out(self) -> None:
        action_id = self.sender().objectName()
        self._specs[action_id].does(self._parts[action_id])
        self.carriedOut.emit()

    def refresh(self) -> None:
        """Enable, check and name every action as things are now."""
        for action_id, action in self._actions.items():
            spec, parts = self._specs[action_id], self._parts[action_id]
            action.setEnabled(spec.enabled(parts))
            if spec.checked is not None:
                action.setChecked(spec.checked(parts))
            if spec.title is not None:
                action.setText(spec.title(parts))

    def attach(self, context: Context, widget: QWidget) -> None:
        """Let the keys of a context work while this widget, or what is in it, has the focus."""
        self._widgets[context].append(widget)
        for action_id, spec in self._specs.items():
            if spec.context is context:
                widget.addAction(self._actions[action_id])

    # -- menus ------------------------------------------------------------------------------------------------------
    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus; returns them by path. One that stays empty is left out."""
        menus: dict[str, QMenu] = {}
        for path, title in MENUS:
            specs = [spec for spec in self._specs.values() if spec.menu == path]
            if not specs and not any(spec.menu.startswith(path + "/") for spec in self._specs.values()):
                continue
            above = path.rpartition("/")[0]
            menu = (menus[above] if above else bar).addMenu(translated(title))
            menu.setObjectName(path)
            menu.setToolTipsVisible(False)
            menus[path] = menu
            for spec in specs:
                if spec.gap and not menu.isEmpty():
                    menu.addSeparator()
                menu.addAction(self._actions[spec.id])
        for path, (anchor, line) in SUBMENU_PLACES.items():
            above = menus.get(path.rpartition("/")[0])
            if path in menus and above is not None and anchor in self._actions:
                above.insertMenu(self._actions[anchor], menus[path])
                if line:
                    above.insertSeparator(self._actions[anchor])
        return menus

    # -- shortcuts ---------------------------------------------------------------------------------------------------
    def shortcuts(self, action_id: str) -> list[str]:
        """Present keys of an action in portable text."""
        return [keys.toString(PORTABLE) for keys in self._actions[action_id].shortcuts()]

    def defaults(self, action_id: str) -> list[str]:
        """Its keys as they were at first."""
        return [normal(keys) for keys in self._specs[action_id].keys]

    def set_shortcuts(self, changed: Mapping[str, Sequence[str]]) -> None:
        """Give these actions these keys and keep what differs from the defaults."""
        for action_id, keys in changed.items():
            self._show_keys(action_id, keys)
        differing = {key: self.shortcuts(key) for key in self._actions if self.shortcuts(key) != self.defaults(key)}
        # Keys of actions that this session does not have stay as they were.
        unknown = {key: keys for key, keys in self._settings.shortcuts.items() if key not in self._actions}
        self._settings.set_shortcuts({**unknown, **differing})
        self.shortcutsChanged.emit()

    def conflicts(self, shortcuts: Mapping[str, Sequence[str]] | None = None) -> dict[str, dict[str, list[str]]]:
        """Keys that two actions would share where both work.

        Args:
            shortcuts: keys by action; None for the present ones.

        Returns:
            by action: by key, the other actions that have it.
        """
        table = {key: self.shortcuts(key) for key in self._actions} if shortcuts is None else shortcuts
        found: dict[str, dict[str, list[str]]] = {}
        for action_id, keys in table.items():
            for key in keys:
                others = [other for other, theirs in table.items()
                          if other != action_id and key in theirs and self._meet(action_id, other)]
                if others:
                    found.setdefault(action_id, {})[key] = others
        return found

    def _meet(self, first: str, second: str) -> bool:
        contexts = {self._specs[first].context, self._specs[second].context}
        return len(contexts) == 1 or Context.WINDOW in contexts

    def _show_keys(self, action_id: str, keys: Sequence[str] | None) -> None:
        action = self._actions[action_id]
        action.setShortcuts([QKeySequence(item, PORTABLE) for item in
                             (self._specs[action_id].keys if keys is None else keys)])
        name = plain_text(action.text())
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{name}  ({shown})" if shown else name)


def normal(keys: str) -> str:
    """A key sequence in the one spelling in which they are compared."""
    return QKeySequence(keys, PORTABLE).toString(PORTABLE)


def plain_text(text: str) -> str:
    """A menu text without its access key and dots."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("….")
