from tests.support.workflow.fixtures import *
