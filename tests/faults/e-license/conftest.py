from tests.support.e_license.fixtures import *
