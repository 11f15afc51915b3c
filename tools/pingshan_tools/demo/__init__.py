"""The main job of the platform, played on the running one by people who have only a browser.

Every act has a name that depends on the run id alone, so a run that was killed is continued: what was done is neither
done again nor lost.
"""
