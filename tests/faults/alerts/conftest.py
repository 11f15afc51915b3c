from tests.support.alerts.fixtures import *
