"""The report on a lab: what the class did, from the marks, the findings and the journals, as one page."""
