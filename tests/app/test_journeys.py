import time


def test_x(driver):
    for k in range(2):
        t = time.perf_counter()
        driver.open()
        print("open", time.perf_counter() - t)
        t = time.perf_counter()
        driver.train()
        print("train", time.perf_counter() - t)
        t = time.perf_counter()
        driver.conductor.play(False)
        driver.settle()
        print("settle", time.perf_counter() - t)
        t = time.perf_counter()
        driver.settle()
        print("settle", time.perf_counter() - t)
        t = time.perf_counter()
        driver.window.show_workspace("Gradients")
        print("ws", time.perf_counter() - t)
        t = time.perf_counter()
