FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HUB_VAR_DIR=/var/lib/hub WEB_PORT=8000
RUN useradd --system --home /var/lib/hub hub && install --directory --owner hub --group hub --mode 700 /var/lib/hub
WORKDIR /srv/hub
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN python -m compileall -q hub accounts models_registry reviews
USER hub
VOLUME /var/lib/hub
EXPOSE 8000
CMD ["python", "manage.py", "serve", "--only", "web", "--host", "0.0.0.0"]
