def test_x(driver):
    driver.open()
    driver.train()
    driver.rest()
    print(driver.state.step)
