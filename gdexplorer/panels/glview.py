"""The surface drawn by OpenGL into a picture, through pyqtgraph; imported when the first 3-D view is shown.

A picture rather than a `QOpenGLWidget`: such a widget makes Qt compose its whole window by OpenGL, and an error
in its painting cannot be caught.
"""

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.opengl import GLMeshItem
from pyqtgraph.opengl.shaders import FragmentShader, ShaderProgram, VertexShader
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QMatrix4x4, QOffscreenSurface, QOpenGLContext, QSurfaceFormat
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLFramebufferObjectFormat

from gdexplorer.panels.paintedview import UNDERSIDE
from gdexplorer.panels.scene import Lens
from gdexplorer.panels.terrain import Terrain

SAMPLES = 4  # of each pixel
COLOR_BUFFER, DEPTH_BUFFER = 0x4000, 0x0100

_VERTEX = """
uniform mat4 u_mvp;
attribute vec4 a_position;
attribute vec4 a_color;
varying vec4 v_color;
void main() {
    v_color = a_color;
    gl_Position = u_mvp * a_position;
}
"""
_FRAGMENT = f"""
#ifdef GL_ES
precision mediump float;
#endif
varying vec4 v_color;
void main() {{
    gl_FragColor = vec4(v_color.rgb * (gl_FrontFacing ? 1.0 : {UNDERSIDE}), 1.0);
}}
"""


class NoGL(RuntimeError):
    """OpenGL is not to be had here, or failed."""


class _Mesh(GLMeshItem):
    """A mesh outside of pyqtgraph's own widget."""

    def __init__(self) -> None:
        shader = ShaderProgram("gdexplorer terrain", [VertexShader(_VERTEX), FragmentShader(_FRAGMENT)])
        super().__init__(shader=shader, computeNormals=False)
        self.matrix = QMatrix4x4()

    def mvpMatrix(self) -> QMatrix4x4:
        return self.matrix


class GLDrawing:
    """A context with one mesh in it. Raises `NoGL` where OpenGL cannot do it."""

    def __init__(self) -> None:
        form = QSurfaceFormat()
        form.setDepthBufferSize(24)
        self._context = QOpenGLContext()
        self._context.setFormat(form)
        if not self._context.create():
            raise NoGL("no context")
        self._surface = QOffscreenSurface()
        self._surface.setFormat(self._context.format())
        self._surface.create()
        self._buffer: QOpenGLFramebufferObject | None = None
        self._enter()
        try:
            self._mesh = _Mesh()
        finally:
            self._context.doneCurrent()

    def _enter(self) -> None:
        if not (self._surface.isValid() and self._context.makeCurrent(self._surface)):
            raise NoGL("the context cannot be made current")

    def show(self, terrain: Terrain) -> None:
        """Draw another surface from now on."""
        rows, columns = terrain.z.shape
        vertices = np.empty((rows, columns, 3), np.float32)
        vertices[..., 0], vertices[..., 1], vertices[..., 2] = terrain.x, terrain.y[:, None], terrain.z
        faces = triangles(np.isfinite(terrain.z))
        colors = np.full((rows * columns, 4), 255, np.uint8)
        colors[:, :3] = terrain.rgb.reshape(-1, 3)
        self._mesh.setMeshData(
            vertexes=np.nan_to_num(vertices).reshape(-1, 3), faces=faces, vertexColors=colors / np.float32(255)
        )

    def draw(self, lens: Lens, scale: float, moving: bool = False) -> QImage:
        """Return a picture with `scale` pixels for each of the lens', empty around the surface and in its holes."""
        size = QSize(round(lens.width * scale), round(lens.height * scale))
        self._enter()
        try:
            if self._buffer is None or self._buffer.size() != size:
                form = QOpenGLFramebufferObjectFormat()
                form.setAttachment(QOpenGLFramebufferObject.Attachment.Depth)
                form.setSamples(SAMPLES)
                self._buffer = QOpenGLFramebufferObject(size, form)
            if not self._buffer.bind():
                raise NoGL("no framebuffer")
            gl = self._context.functions()
            gl.glViewport(0, 0, size.width(), size.height())
            gl.glClearColor(0.0, 0.0, 0.0, 0.0)
            gl.glClear(COLOR_BUFFER | DEPTH_BUFFER)
            self._mesh.matrix = QMatrix4x4(*lens.clip().ravel().tolist())
            self._mesh.paint()
            image = self._buffer.toImage()
            self._buffer.release()
            if image.isNull():
                raise NoGL("no picture")
            return image
        finally:
            self._context.doneCurrent()

    def close(self) -> None:
        """Free what the graphics card holds; nothing can be drawn after."""
        if self._context.makeCurrent(self._surface):
            self._buffer = None
            self._context.doneCurrent()
        self._surface.destroy()


def triangles(known: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Return two triangles (n, 3) for each cell of a grid whose four corners are known."""
    rows, columns = known.shape
    index = np.arange(rows * columns, dtype=np.uint32).reshape(rows, columns)
    whole = known[:-1, :-1] & known[:-1, 1:] & known[1:, 1:] & known[1:, :-1]
    a, b, c, d = (part[whole] for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    return np.asarray(np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]))
