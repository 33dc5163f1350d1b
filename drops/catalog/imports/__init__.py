"""
Products from the sheet that shops already export: read, parsed, compared with the catalogue, applied.

`running.run_import` is the door.
"""
