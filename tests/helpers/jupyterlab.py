"""What a test asks of the JupyterLab in a page: run cells, read what they answered, bring one into view."""

READY = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady"
RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
OUTPUTS = """() => jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter(cell => cell.cell_type === 'code').flatMap(cell => cell.getOutputs())"""
CELL = """([id, source]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id === id);
    if (source) notebook.activeCell.model.sharedModel.setSource(source);
}"""
RUN_CELL = "() => jupyterapp.commands.execute('notebook:run-cell')"
SHOW = """id => {
    const notebook = jupyterapp.shell.currentWidget.content;
    const at = notebook.widgets.findIndex(cell => cell.model.id === id);
    notebook.activeCellIndex = at;
    return notebook.scrollToItem(at, 'start');
}"""
MIME = "application/vnd.hardenlab.result+json"


class Notebook:
    """The notebook that JupyterLab opened with."""

    def __init__(self, page, address):
        self.page = page
        page.goto(address)
        page.wait_for_function(READY, timeout=90_000)

    def run_all(self):
        self.page.evaluate(RUN_ALL)

    def run(self, cell, source=None):
        """Run one cell by its id, with another source if there is one."""
        self.page.evaluate(CELL, [cell, source])
        self.page.evaluate(RUN_CELL)

    def show(self, cell):
        self.page.evaluate(SHOW, cell)

    def results(self):
        """The assessments that cells have shown, first to last."""
        shown = [output.get("data", {}).get(MIME, {}) for output in self.page.evaluate(OUTPUTS)]
        return [result["assessment"] for result in shown if "assessment" in result]

    def errors(self):
        return [output["evalue"] for output in self.page.evaluate(OUTPUTS) if output["output_type"] == "error"]
