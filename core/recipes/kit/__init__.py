"""What recipes share: guide, workspace, variables, schedules, previews."""
